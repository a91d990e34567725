// From transferred bytes to text: base64 and quoted-printable, in whatever charset the sender claims.
import { TextDecoder } from 'node:util';

/** Decodes a part's body. Text that was sent as it is comes back unchanged: the corpus has already decoded it. */
export function decodeBody(body: string, encoding: string | undefined, charset: string | undefined): string {
  const transfer = encoding?.trim().toLowerCase();
  if (transfer === 'base64') return decodeBytes(Buffer.from(body, 'base64'), charset);
  if (transfer === 'quoted-printable') return decodeQuotedPrintable(body, charset);
  return body;
}

/** Escapes are bytes of the charset; everything between them stays as it is. */
export function decodeQuotedPrintable(body: string, charset: string | undefined): string {
  return body
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/(?:=[0-9A-Fa-f]{2})+/g, (run) => decodeBytes(Buffer.from(run.replaceAll('=', ''), 'hex'), charset));
}

/** An unknown charset (`default_charset`, `unknown-8bit`) is read as windows-1252, which knows every byte. */
export function decodeBytes(bytes: Buffer, charset: string | undefined): string {
  const decoder = decoderFor(charset?.trim().toLowerCase() ?? 'utf-8');
  return decoder ? decoder.decode(bytes) : decodeWindows1252(bytes);
}

const latin = /^(?:us-ascii|latin1|iso-8859-1|windows-1252)$/;
const decoders = new Map<string, TextDecoder>();
const mostDecoders = 64; // a sender invents names for ever

function decoderFor(charset: string): TextDecoder | undefined {
  if (latin.test(charset)) return undefined;
  const known = decoders.get(charset);
  if (known) return known;
  try {
    const decoder = new TextDecoder(charset);
    if (decoders.size < mostDecoders) decoders.set(charset, decoder);
    return decoder;
  } catch {
    return undefined;
  }
}

/** By a table of its own: Node 20 reads 0x80 to 0x9f as control characters, later versions as these. */
const from0x80 = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f'.concat(
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178',
);

function decodeWindows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (byte) => from0x80[byte.charCodeAt(0) - 0x80] ?? byte);
}
