// The head of an answer as Node's server writes it.
import { STATUS_CODES } from 'node:http';

/** Milliseconds a connection without a question stays; longer than common balancers keep it, so that they close first. */
export const keepAliveMs = 75_000;

const stays = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1_000}\r\n\r\n`;
const ends = 'Connection: close\r\n\r\n';

/** What a header may hold; with anything else a value could end its line. */
const sound = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface HeadOf {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly last: boolean;
}

/**
 * The head with its empty line, as Latin-1.
 * @throws Error when a value holds what no header may.
 */
export function headText({ status, headers, last }: HeadOf): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  let dated = false;
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    if (!sound.test(value)) throw new Error(`the value of ${name} holds what no header may`);
    if (name.length === 4 && name.toLowerCase() === 'date') dated = true;
    text += `${name}: ${value}\r\n`;
  }
  if (!dated) text += dateLine();
  return text + (last ? ends : stays);
}

let line = '';
let lineOfSecond = 0;

function dateLine(): string {
  const nowMs = Date.now();
  const second = Math.floor(nowMs / 1_000);
  if (second !== lineOfSecond) {
    lineOfSecond = second;
    line = `Date: ${new Date(nowMs).toUTCString()}\r\n`;
  }
  return line;
}
