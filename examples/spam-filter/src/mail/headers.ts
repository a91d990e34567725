// The header block of an e-mail (RFC 5322), read with the patience that real mail asks for.
import { decodeWords } from './encoded-words';

/** Names in lower case; the first of each name counts. */
export type Headers = ReadonlyMap<string, string>;

export interface Block {
  readonly headers: Headers;
  readonly body: string;
}

/** Headers end at the first empty line, or where a line stops looking like one. */
export function splitBlock(text: string): Block {
  const headers = new Map<string, string>();
  let at = 0;
  let name = '';
  while (at < text.length) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end).replace(/\r$/, '');
    if (line === '') return { headers: decoded(headers), body: text.slice(end + 1) };
    if (/^[ \t]/.test(line)) {
      if (name) headers.set(name, `${headers.get(name) ?? ''} ${line.trim()}`);
    } else if (!line.startsWith('From ')) {
      const colon = line.indexOf(':');
      if (colon <= 0 || /\s/.test(line.slice(0, colon).trimEnd())) break;
      name = line.slice(0, colon).trimEnd().toLowerCase();
      if (headers.has(name)) name = `${name}#`; // a repeated header must not grow the first by its folded lines
      headers.set(name, line.slice(colon + 1).trim());
    }
    at = end + 1;
  }
  return { headers: decoded(headers), body: text.slice(at) };
}

/** A parameter of a header: the boundary or charset of a content type. */
export function parameterOf(header: string | undefined, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header ?? '');
  return match?.[1] ?? match?.[2];
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function decoded(headers: Map<string, string>): Headers {
  for (const [name, value] of headers) if (value.includes('=?')) headers.set(name, decodeWords(value));
  return headers;
}
