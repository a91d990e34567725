// An e-mail as the classifiers read it: its subject, the text a reader sees, and a few facts from the headers.
import { decodeBody } from './decode-text';
import { type Block, type Headers, parameterOf, splitBlock } from './headers';
import { stripHtml } from './strip-html';

export interface Mail {
  readonly headers: Headers;
  readonly subject: string;
  readonly body: string;
  /** Whether the text came as HTML. */
  readonly html: boolean;
}

/** UTF-16 units of a mail that are read: what a filter has not recognised by then it does not recognise at all. */
const mostRead = 64 * 1024;
/** Parts within parts that are followed. */
const deepest = 4;

/** Never throws: whatever came is some mail. */
export function parseMail(raw: string): Mail {
  const block = splitBlock(raw.slice(0, mostRead));
  const { text, html } = textOf(block, 0);
  return { headers: block.headers, subject: block.headers.get('subject') ?? '', body: text, html };
}

interface Text {
  readonly text: string;
  readonly html: boolean;
}

function textOf(block: Block, depth: number): Text {
  const contentType = block.headers.get('content-type');
  const boundary = parameterOf(contentType, 'boundary');
  if (/^multipart\//i.test(contentType ?? '') && boundary && depth < deepest) {
    return joined(partsOf(block.body, boundary).map((part) => textOf(splitBlock(part), depth + 1)));
  }
  if (contentType && !/^(?:text|message)\b/i.test(contentType)) return { text: '', html: false };
  const text = decodeBody(
    block.body,
    block.headers.get('content-transfer-encoding'),
    parameterOf(contentType, 'charset'),
  );
  const html = /^text\/html/i.test(contentType ?? '') || /<html|<body/i.test(text);
  return { text: html ? stripHtml(text) : text, html };
}

function partsOf(body: string, boundary: string): string[] {
  const parts = body.split(`--${boundary}`).slice(1);
  return parts.filter((part) => !part.startsWith('--')).map((part) => part.replace(/^[^\n]*\n/, ''));
}

function joined(texts: readonly Text[]): Text {
  return { text: texts.map(({ text }) => text).join('\n'), html: texts.some(({ html }) => html) };
}
