// A fetched record under the names that kafkajs gives it; its headers are read when somebody asks.
import { ProtocolReader } from './protocol-reader';

/** What the records of one batch share, under the names that kafkajs gives it. */
export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
}

type HeaderValue = Buffer | null | (Buffer | null)[];

interface RecordParts {
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** As they came. */
  readonly headers: Buffer;
}

export class FetchedMessage {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord = false;
  private readonly headerBytes: Buffer;
  private readHeaders: Record<string, HeaderValue> | undefined;

  constructor(
    readonly batchContext: BatchContext,
    { attributes, timestamp, offset, key, value, headers }: RecordParts,
  ) {
    this.magicByte = batchContext.magicByte;
    this.attributes = attributes;
    this.timestamp = timestamp;
    this.offset = offset;
    this.key = key;
    this.value = value;
    this.headerBytes = headers;
  }

  get headers(): Record<string, HeaderValue> {
    return (this.readHeaders ??= headersOf(new ProtocolReader(this.headerBytes)));
  }
}

function headersOf(from: ProtocolReader): Record<string, HeaderValue> {
  const values = new Map<string, HeaderValue>();
  for (let left = from.varint(); left > 0; left -= 1) {
    const name = String(from.bytes());
    const value = from.bytes();
    const before = values.get(name);
    if (before === undefined) values.set(name, value);
    else values.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(values);
}
