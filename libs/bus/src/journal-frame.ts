// How the journal writes a record: length, checksum, payload. A frame that a crash cut short is recognised.
import { crc32 } from 'node:zlib';
import { type OutgoingRecord } from './ports';

const headBytes = 8;
/** No record of the journal is larger; a length above it is not a length. */
const maxPayloadBytes = 64 * 1024 ** 2;

/** `[length u32][crc32 u32]` then topic, key, headers and value, each `[length u32][bytes]`; length 2^32-1 is null. */
export function encodeFrame({ topic, key, headers, value }: OutgoingRecord): Buffer {
  const parts = [topic, key, JSON.stringify(headers ?? {}), value];
  const sizes = parts.map((part) => (typeof part === 'string' ? Buffer.byteLength(part) : (part?.length ?? 0)));
  let payloadBytes = 0;
  for (const size of sizes) payloadBytes += 4 + size;
  const frame = Buffer.allocUnsafe(headBytes + payloadBytes);
  let at = headBytes;
  parts.forEach((part, index) => {
    at = frame.writeUInt32BE(part === null ? absent : (sizes[index] as number), at);
    if (typeof part === 'string') at += frame.write(part, at);
    else if (part) at += part.copy(frame, at);
  });
  frame.writeUInt32BE(payloadBytes, 0);
  frame.writeUInt32BE(crc32(frame.subarray(headBytes)), 4);
  return frame;
}

const absent = 0xffff_ffff;

export type Frame =
  | { readonly kind: 'record'; readonly record: OutgoingRecord; readonly bytes: number }
  /** The buffer ends before the frame does; `bytes` is what the whole frame needs. */
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'torn' };

export function decodeFrame(buffer: Buffer, at: number): Frame {
  if (buffer.length - at < headBytes) return { kind: 'short', bytes: headBytes };
  const payloadBytes = buffer.readUInt32BE(at);
  if (payloadBytes > maxPayloadBytes || payloadBytes < 16) return { kind: 'torn' };
  const bytes = headBytes + payloadBytes;
  if (buffer.length - at < bytes) return { kind: 'short', bytes };
  const payload = buffer.subarray(at + headBytes, at + bytes);
  if (crc32(payload) !== buffer.readUInt32BE(at + 4)) return { kind: 'torn' };
  return { kind: 'record', record: decodePayload(payload), bytes };
}

function decodePayload(payload: Buffer): OutgoingRecord {
  let at = 0;
  const next = (): Buffer | null => {
    const length = payload.readUInt32BE(at);
    at += 4;
    if (length === absent) return null;
    const part = payload.subarray(at, at + length);
    at += length;
    return part;
  };
  const [topic, key, headers, value] = [next(), next(), next(), next()];
  return {
    topic: String(topic),
    key: key === null ? null : key.toString(),
    headers: JSON.parse(String(headers)) as Record<string, string>,
    value: value === null ? null : Buffer.from(value),
  };
}
