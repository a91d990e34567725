// A Produce request (versions 3 to 7) in one buffer of the right size. What kafkajs makes, byte for byte, without a buffer for every field.
import { crc32c } from './crc32c';

export interface ProduceMessage {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
}

export interface ProduceBody {
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly ProduceMessage[] }[];
  }[];
}

/** Up to and with the checksum, and from there to the number of records. */
const batchHeadBytes = 21;
const batchBodyBytes = 40;
const magic = 2;

export function encodeProduce({ acks, timeout, topicData }: ProduceBody, nowMs: number): Buffer {
  const sizes = topicData.map(({ partitions }) => partitions.map(({ messages }) => recordsBytes(messages)));
  const bytes = topicData.reduce(
    (sum, { topic }, index) =>
      sum +
      2 +
      Buffer.byteLength(topic) +
      4 +
      (sizes[index] ?? []).reduce((all, { total }) => all + 8 + batchHeadBytes + batchBodyBytes + total, 0),
    2 + 2 + 4 + 4,
  );
  const to = new Writer(Buffer.allocUnsafe(bytes));
  to.int16(-1); // no transaction
  to.int16(acks);
  to.int32(timeout);
  to.int32(topicData.length);
  topicData.forEach(({ topic, partitions }, topicIndex) => {
    to.int16(Buffer.byteLength(topic));
    to.text(topic);
    to.int32(partitions.length);
    partitions.forEach(({ partition, messages }, index) => {
      to.int32(partition);
      const measured = sizes[topicIndex]?.[index] as Measured;
      writeBatch(to, messages, measured, nowMs);
    });
  });
  return to.buffer;
}

/** Bytes of all records, and of each without its length. */
interface Measured {
  readonly total: number;
  readonly each: readonly number[];
}

function recordsBytes(messages: readonly ProduceMessage[]): Measured {
  let total = 0;
  const each = messages.map(({ key, value, headers = {} }, index) => {
    let bytes = 2 + varintBytes(index) + lengthedBytes(key) + lengthedBytes(value);
    const names = Object.keys(headers);
    bytes += varintBytes(names.length);
    for (const name of names) bytes += lengthedBytes(name) + lengthedBytes(headers[name]);
    total += varintBytes(bytes) + bytes;
    return bytes;
  });
  return { total, each };
}

function writeBatch(to: Writer, messages: readonly ProduceMessage[], { total, each }: Measured, nowMs: number): void {
  const batchBytes = batchHeadBytes + batchBodyBytes + total;
  to.int32(batchBytes);
  to.int64(0); // first offset: the broker's
  to.int32(batchBytes - 12);
  to.int32(0); // leader epoch: the broker's
  to.int8(magic);
  const checksumAt = to.at;
  to.int32(0);
  to.int16(0); // attributes: no compression, create time, no transaction
  to.int32(messages.length - 1);
  to.int64(nowMs);
  to.int64(nowMs);
  to.int64(-1); // no producer id, epoch and sequence
  to.int16(0);
  to.int32(0);
  to.int32(messages.length);
  messages.forEach((message, index) => writeRecord(to, message, index, each[index] as number));
  to.buffer.writeUInt32BE(crc32c(to.buffer, checksumAt + 4, to.at), checksumAt);
}

function writeRecord(to: Writer, { key, value, headers = {} }: ProduceMessage, index: number, bytes: number): void {
  to.varint(bytes);
  to.int8(0);
  to.int8(0); // as old as the first
  to.varint(index);
  to.lengthed(key);
  to.lengthed(value);
  const names = Object.keys(headers);
  to.varint(names.length);
  for (const name of names) {
    to.lengthed(name);
    to.lengthed(headers[name]);
  }
}

function lengthedBytes(value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return 1;
  const bytes = Buffer.byteLength(value);
  return varintBytes(bytes) + bytes;
}

/** Of a number that is not negative: zigzag makes it twice as large. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = (value << 1) >>> 7; rest !== 0; rest >>>= 7) bytes += 1;
  return bytes;
}

class Writer {
  at = 0;

  constructor(readonly buffer: Buffer) {}

  int8(value: number): void {
    this.at = this.buffer.writeInt8(value, this.at);
  }

  int16(value: number): void {
    this.at = this.buffer.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  /** Of a whole number up to 2^53. */
  int64(value: number): void {
    this.int32(Math.floor(value / 0x1_0000_0000));
    this.at = this.buffer.writeUInt32BE(value < 0 ? value + 0x1_0000_0000 : value % 0x1_0000_0000, this.at);
  }

  varint(value: number): void {
    let rest = (value << 1) >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.buffer[this.at++] = (rest & 0x7f) | 0x80;
    this.buffer[this.at++] = rest;
  }

  text(value: string): void {
    this.at += this.buffer.write(value, this.at);
  }

  /** Length and bytes; null is the length -1. */
  lengthed(value: Buffer | string | null | undefined): void {
    if (value === null || value === undefined) this.buffer[this.at++] = 1;
    else if (typeof value === 'string') {
      this.varint(Buffer.byteLength(value));
      this.text(value);
    } else {
      this.varint(value.length);
      this.at += value.copy(this.buffer, this.at);
    }
  }
}
