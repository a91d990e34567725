// Reads the head of an answer, strictly (RFC 9112): what two readers could understand differently is refused.
import { type ModelHeaders } from '../model-server';

export interface Head {
  readonly status: number;
  readonly headers: ModelHeaders;
  /** How the body's end is known; a number: its bytes. `until-close`: with the connection, whatever that says of itself. */
  readonly body: number | 'chunked' | 'until-close';
  /** The connection may be used again once the answer is whole. */
  readonly keeps: boolean;
  /** How long the server keeps a connection that idles; undefined where it does not say. */
  readonly keepsForMs: number | undefined;
}

/** Why an answer is refused. */
export interface Problem {
  readonly problem: string;
}

const mostFields = 128;
const statusLine = /HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/y;
const fieldLine = /([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/** Readers differ on tabs around values: in these a difference would be one of where the answer ends. */
const decisive: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding']);

/** `text`: the status line and the header lines, each with its CRLF, as Latin-1. */
export function readHead(text: string): Head | Problem {
  statusLine.lastIndex = 0;
  const line = statusLine.exec(text);
  if (!line) return { problem: 'the status line is not one of HTTP/1' };
  const fields = readFields(text, statusLine.lastIndex);
  return 'problem' in fields ? fields : understand(line[1] === '1', Number(line[2]), fields);
}

/** Lower-case names, and values without the blanks around them, in turn. `text`: lines from `from` on, each with its CRLF. */
export function readFields(text: string, from: number): string[] | Problem {
  const fields: string[] = [];
  for (fieldLine.lastIndex = from; fieldLine.lastIndex < text.length;) {
    const line = fieldLine.exec(text);
    // the pattern knows no continued lines, no blanks before the colon, no bare CR or LF, no control characters
    if (!line) return { problem: 'a header line is malformed' };
    if (fields.length === 2 * mostFields) return { problem: `there are more than ${mostFields} header lines` };
    const [name, value] = [(line[1] as string).toLowerCase(), line[2] as string];
    if (value.includes('\t') && decisive.has(name)) return { problem: `there is a tab in its ${name}` };
    fields.push(name, withoutBlanks(value));
  }
  return fields;
}

function understand(isNewer: boolean, status: number, fields: readonly string[]): Head | Problem {
  const headers = headersOf(fields);
  const connection = tokensOf(headers['connection']);
  const stays = !connection.includes('close') && (isNewer || connection.includes('keep-alive'));
  const body = bodyOf(isNewer, stays, status, headers);
  if (typeof body === 'object') return body;
  const keeps = stays && body !== 'until-close' && !(status === 304 && framed(headers));
  return { status, headers, body, keeps, keepsForMs: keepsForMs(headers['keep-alive']) };
}

function bodyOf(isNewer: boolean, stays: boolean, status: number, headers: ModelHeaders): Head['body'] | Problem {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (status === 101) return { problem: 'it switches protocols, unasked' };
  if (status < 200) {
    if (!stays) return { problem: 'an interim answer is to be the last' };
    return framed(headers) ? { problem: 'an interim answer announces a body' } : 0;
  }
  if (encoding !== undefined) {
    if (length !== undefined) return { problem: 'it has both a content-length and a transfer-encoding' };
    if (!isNewer || typeof encoding !== 'string' || encoding.toLowerCase() !== 'chunked')
      return { problem: 'its transfer-encoding is not just chunked' };
    if (status === 204) return { problem: 'a 204 announces a body' };
    return status === 304 ? 0 : 'chunked';
  }
  if (length !== undefined) {
    if (typeof length !== 'string' || !/^\d{1,15}$/.test(length))
      return { problem: 'its content-length is not one number' };
    if (status === 204 && Number(length) > 0) return { problem: 'a 204 announces a body' };
    return status === 304 ? 0 : Number(length);
  }
  if (status === 204 || status === 304) return 0;
  return 'until-close';
}

function framed(headers: ModelHeaders): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Frozen, for one object may stand for many answers. */
function headersOf(fields: readonly string[]): ModelHeaders {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string];
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (Array.isArray(before)) before.push(value);
    // defined, not assigned: __proto__ is a name like any other here
    else if (before !== undefined || name in headers)
      define(headers, name, before === undefined ? value : [before, value]);
    else headers[name] = value;
  }
  return Object.freeze(headers);
}

function define(headers: Record<string, string | string[]>, name: string, value: string | string[]): void {
  Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
}

function tokensOf(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  const text = typeof value === 'string' ? value : value.join();
  return text.toLowerCase().split(',').map(withoutBlanks);
}

function keepsForMs(value: string | string[] | undefined): number | undefined {
  const seconds = value === undefined ? null : /(?:^|[,\s])timeout=(\d{1,9})(?:$|[,\s])/i.exec(String(value));
  return seconds ? Number(seconds[1]) * 1_000 : undefined;
}

/** Spaces and tabs only: to trim() a no-break space would be one too. */
function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
