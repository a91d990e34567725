// A prediction's record as bytes: the event's fields, and the bodies beside them, unparsed where they are sound JSON.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { isSpliceable } from './domain/json-text';
import { compileRedaction, type Redaction } from './domain/redaction';
import { type PassedBody, type PredictionEntry } from './ports';

/** Kafka's limit for a record of this topic, less what the batch around it takes. */
export const maxEventBytes = 4 * 1024 ** 2 - 64 * 1024;

type Keep = 'body' | 'digest' | 'size';

/** What prediction-served says; always less than `maxEventBytes`, whatever passed. */
export function renderPrediction(entry: PredictionEntry): Buffer {
  const { capture, keepAnswer } = entry;
  const keepRequest: Keep = capture.request ? 'body' : 'size';
  const keepResponse: Keep = capture.response || keepAnswer ? 'body' : 'size';
  // where both do not fit, the answer is worth more: metrics are read from it
  const tries: (readonly [Keep, Keep])[] = [
    [keepRequest, keepResponse],
    [lessThan(keepRequest), keepResponse],
    [lessThan(keepRequest), lessThan(keepResponse)],
  ];
  for (const [request, response] of tries) {
    const rendered = renderWith(entry, request, response);
    if (rendered.length <= maxEventBytes) return rendered;
  }
  return renderWith({ ...entry, event: { ...entry.event, attributes: {} } }, 'size', 'size');
}

function lessThan(keep: Keep): Keep {
  return keep === 'body' ? 'digest' : keep;
}

function renderWith(entry: PredictionEntry, keepRequest: Keep, keepResponse: Keep): Buffer {
  const { event, capture, keepAnswer, request, response } = entry;
  const redaction = compileRedaction(capture.redact);
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(event).slice(0, -1)},"capture":{"request":`)];
  parts.push(...renderBody(request, keepRequest, capture.maxBytes, redaction));
  if (response) {
    parts.push(Buffer.from(',"response":'));
    parts.push(...renderBody(response, keepResponse, keepAnswer ? Infinity : capture.maxBytes, redaction));
  }
  parts.push(Buffer.from('}}'));
  return Buffer.concat(parts);
}

function renderBody(
  { bytes, cut, contentType }: PassedBody,
  keep: Keep,
  maxBytes: number,
  redaction: Redaction | undefined | 'unreadable',
): Buffer[] {
  const head = (kind: string): string =>
    `{"kind":"${kind}","size":${cut?.size ?? bytes.length}${contentType === undefined ? '' : `,"contentType":${JSON.stringify(contentType)}`}`;
  if (keep === 'size') return [Buffer.from(`${head('size')}}`)];
  const digest = (): Buffer[] => [
    Buffer.from(`${head('digest')},"sha256":"${cut?.sha256 ?? createHash('sha256').update(bytes).digest('hex')}"}`),
  ];
  if (keep === 'digest' || cut || bytes.length > maxBytes || redaction === 'unreadable') return digest();
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  if (text !== undefined && isSpliceable(text)) {
    const body = redaction ? Buffer.from(JSON.stringify(redaction(JSON.parse(text)))) : bytes;
    return [Buffer.from(`${head('json')},"body":`), body, Buffer.from('}')];
  }
  // what cannot be read cannot be redacted
  if (redaction) return digest();
  return [Buffer.from(`${head('base64')},"body":"${bytes.toString('base64')}"}`)];
}
