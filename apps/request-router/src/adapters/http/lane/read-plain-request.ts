// Reads a prediction's question where it is plain: all of it there, nothing behind it, nothing two readers could take differently.
import { readFields } from '@weir/open-inference';
import { type LiveCall } from '../../../domain/live-path';

export interface PlainRequest {
  readonly url: string;
  readonly call: Extract<LiveCall, { kind: 'infer' }>;
  /** Lower-case names and values, in turn. */
  readonly rawHeaders: readonly string[];
  readonly contentType: string | undefined;
  readonly traceparent: string | undefined;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

/** `foreign`: for another reader, from its first byte. `partial`: plain so far, its body is not all there. */
export type ReadRequest = PlainRequest | 'foreign' | 'partial';

/** As Node has it. */
const mostHeadBytes = 16_384;
const start = Buffer.from('POST /v2/models/');
const endOfHead = Buffer.from('\r\n\r\n');
/** No query, nothing that is escaped or resolved. */
const requestLine = /POST (\/v2\/models\/([\w.~:-]+)(?:\/versions\/([\w.~:-]+))?\/infer) HTTP\/1\.1\r\n/y;
/** What a question of known length on a connection that stays has no need of. */
const foreignNames: ReadonlySet<string> = new Set([
  'expect',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function readPlainRequest(bytes: Buffer): ReadRequest {
  if (bytes.length < start.length || start.compare(bytes, 0, start.length) !== 0) return 'foreign';
  const head = bytes.indexOf(endOfHead);
  if (head < 0 || head > mostHeadBytes) return 'foreign';
  const text = bytes.toString('latin1', 0, head + 2);
  requestLine.lastIndex = 0;
  const line = requestLine.exec(text);
  if (!line) return 'foreign';
  const fields = readFields(text, requestLine.lastIndex);
  if ('problem' in fields) return 'foreign';
  const known = understand(fields);
  if (!known) return 'foreign';
  const missing = head + endOfHead.length + known.length - bytes.length;
  // what is behind it would be another question
  if (missing !== 0) return missing < 0 ? 'foreign' : 'partial';
  const { contentType, traceparent, authorization } = known;
  const body = bytes.subarray(head + endOfHead.length);
  const [, url, model, version] = line as unknown as [string, string, string, string | undefined];
  const call = { kind: 'infer' as const, model, version };
  return { url, call, rawHeaders: fields, contentType, traceparent, authorization, body };
}

/** What is looked at here: twice, it would mean what a reader makes of it. */
class KnownFields {
  host: string | undefined;
  contentLength: string | undefined;
  contentType: string | undefined;
  traceparent: string | undefined;
  authorization: string | undefined;

  get length(): number {
    return Number(this.contentLength);
  }
}

const placeOf: ReadonlyMap<string, Exclude<keyof KnownFields, 'length'>> = new Map([
  ['host', 'host'],
  ['content-length', 'contentLength'],
  ['content-type', 'contentType'],
  ['traceparent', 'traceparent'],
  ['authorization', 'authorization'],
]);

/** Undefined: something is missing, stands there twice, or asks for more than an answer. */
function understand(fields: readonly string[]): KnownFields | undefined {
  const known = new KnownFields();
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string];
    const place = placeOf.get(name);
    if (place) {
      if (known[place] !== undefined) return undefined;
      known[place] = value;
    } else if (foreignNames.has(name)) return undefined;
    else if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
  }
  const plain = known.host !== undefined && /^\d{1,8}$/.test(known.contentLength ?? '');
  return plain ? known : undefined;
}
