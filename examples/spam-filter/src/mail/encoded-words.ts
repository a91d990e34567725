// Encoded words in headers (RFC 2047): `=?iso-8859-1?Q?Caf=E9?=`.
import { decodeBytes, decodeQuotedPrintable } from './decode-text';

const word = /=\?([^?\s]{1,40})\?([BbQq])\?([^?\s]*)\?=(?:\s+(?==\?))?/g;

export function decodeWords(value: string): string {
  return value.replace(word, (_all, charset: string, encoding: string, text: string) =>
    encoding.toLowerCase() === 'b'
      ? decodeBytes(Buffer.from(text, 'base64'), charset)
      : decodeQuotedPrintable(text.replaceAll('_', ' '), charset),
  );
}
