// A prediction's record as bytes: the event's fields, and the bodies beside them, unparsed where they are sound JSON.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Decision } from '@weir/routing';
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
  const rendered = renderWith(entry, keepRequest, keepResponse);
  if (rendered.length <= maxEventBytes) return rendered;
  // where both do not fit, the answer is worth more: metrics are read from it
  for (const keptOfResponse of [keepResponse, lessThan(keepResponse)]) {
    const less = renderWith(entry, lessThan(keepRequest), keptOfResponse);
    if (less.length <= maxEventBytes) return less;
  }
  return renderWith({ ...entry, facts: { ...entry.facts, attributes: {} } }, 'size', 'size');
}

function lessThan(keep: Keep): Keep {
  return keep === 'body' ? 'digest' : keep;
}

/** What a record is made of, in order: text of ours, and bodies as they came. */
type Piece = string | Buffer;

function renderWith(entry: PredictionEntry, keepRequest: Keep, keepResponse: Keep): Buffer {
  const { decision, facts, capture, keepAnswer, request, response } = entry;
  const redaction = compileRedaction(capture.redact);
  const pieces: Piece[] = [openText(decision), JSON.stringify(facts).slice(1, -1), ',"capture":{"request":'];
  renderBody(pieces, request, keepRequest, capture.maxBytes, redaction);
  if (response) {
    pieces.push(',"response":');
    renderBody(pieces, response, keepResponse, keepAnswer ? Infinity : capture.maxBytes, redaction);
  }
  pieces.push('}}');
  return joined(pieces);
}

/** A policy has few decisions, each met by many predictions. */
const openTexts = new WeakMap<Decision, string>();

/** The decision's fields, up to where the others follow. */
function openText(decision: Decision): string {
  let text = openTexts.get(decision);
  if (text === undefined) openTexts.set(decision, (text = `${JSON.stringify(decision).slice(0, -1)},`));
  return text;
}

/** One buffer, written once: a buffer for each piece took as long as all the rest. */
function joined(pieces: readonly Piece[]): Buffer {
  const texts: Piece[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const last = texts.length - 1;
    if (typeof piece === 'string' && typeof texts[last] === 'string') texts[last] += piece;
    else texts.push(piece);
  }
  for (const piece of texts) bytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of texts) at += typeof piece === 'string' ? whole.write(piece, at) : piece.copy(whole, at);
  return whole;
}

function renderBody(
  pieces: Piece[],
  passed: PassedBody,
  keep: Keep,
  maxBytes: number,
  redaction: Redaction | undefined | 'unreadable',
): void {
  const { bytes, cut, contentType } = passed;
  const head = (kind: string): string =>
    `{"kind":"${kind}","size":${cut?.size ?? bytes.length}${contentType === undefined ? '' : `,"contentType":${JSON.stringify(contentType)}`}`;
  const digest = (): unknown =>
    pieces.push(`${head('digest')},"sha256":"${cut?.sha256 ?? createHash('sha256').update(bytes).digest('hex')}"}`);
  if (keep === 'size') return void pieces.push(`${head('size')}}`);
  if (keep === 'digest' || cut || bytes.length > maxBytes || redaction === 'unreadable') return void digest();
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  if (text !== undefined && isSpliceable(text, passed.isJson)) {
    const body = redaction ? JSON.stringify(redaction(JSON.parse(text))) : bytes;
    return void pieces.push(`${head('json')}${asSent(passed)},"body":`, body, '}');
  }
  // what cannot be read cannot be redacted
  if (redaction) return void digest();
  pieces.push(`${head('base64')}${asSent(passed)},"body":"${bytes.toString('base64')}"}`);
}

/** What says how the body is to be read: who asks another version the same needs it. Never keys or cookies. */
const tellHow: ReadonlySet<string> = new Set(['content-encoding', 'inference-header-content-length']);

function asSent({ path, headers = [] }: PassedBody): string {
  let told = path === undefined ? '' : `,"path":${JSON.stringify(path)}`;
  const found: Record<string, string> = {};
  let any = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!tellHow.has(name)) continue;
    found[name] = headers[i + 1] as string;
    any = true;
  }
  if (any) told += `,"headers":${JSON.stringify(found)}`;
  return told;
}
