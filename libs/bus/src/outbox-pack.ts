// Many records in one row of the outbox: a row costs the database more than what stands in it.
import { decodeFrame, encodeFrame } from './journal-frame';
import { type OutgoingRecord } from './ports';

/** As the table holds it. */
export interface OutboxRow {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** How many records the value holds, each with its topic, key and headers; null: the row is the record. */
  readonly records: number | null;
}

/** Fewer stay rows, which anybody can read. */
const leastPacked = 10;
const mostPacked = 1_000;
const mostBytes = 1024 ** 2;

/** A row beside the records in it. */
export interface Packed {
  readonly row: OutboxRow;
  readonly records: readonly OutgoingRecord[];
}

/** In the order of the records. */
export function toRows(records: readonly OutgoingRecord[]): Packed[] {
  if (records.length < leastPacked) return records.map((record) => ({ row: toRow(record), records: [record] }));
  return parts(records).map((frames) => ({ row: toPack(frames), records: frames.map(({ record }) => record) }));
}

export function fromRow({ topic, key, value, headers, records }: OutboxRow): OutgoingRecord[] {
  if (records === null || value === null) return [{ topic, key, value, headers }];
  const found: OutgoingRecord[] = [];
  for (let at = 0; at < value.length;) {
    const frame = decodeFrame(value, at);
    if (frame.kind !== 'record') throw new Error(`a pack of ${records} records broke after ${found.length}`);
    found.push(frame.record);
    at += frame.bytes;
  }
  return found;
}

function toRow({ topic, key, value, headers = {} }: OutgoingRecord): OutboxRow {
  return { topic, key, value: value === null ? null : Buffer.from(value), headers, records: null };
}

function toPack(frames: readonly Framed[]): OutboxRow {
  const [first] = frames;
  if (frames.length === 1 && first) return toRow(first.record);
  const value = Buffer.concat(frames.map(({ frame }) => frame));
  return { topic: first?.record.topic ?? '', key: null, value, headers: {}, records: frames.length };
}

interface Framed {
  readonly record: OutgoingRecord;
  readonly frame: Buffer;
}

function parts(records: readonly OutgoingRecord[]): Framed[][] {
  const found: Framed[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const frame = encodeFrame(record);
    const last = found.at(-1);
    if (last && bytes + frame.length <= mostBytes && last.length < mostPacked) {
      last.push({ record, frame });
      bytes += frame.length;
    } else {
      found.push([{ record, frame }]);
      bytes = frame.length;
    }
  }
  return found;
}
