// What services see of Kafka. Only this library imports kafkajs.

/** A record on its way out. A null value is a tombstone. */
export interface OutgoingRecord {
  /** Topic without prefix; the bus adds its own. */
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record as it came, not decoded. */
export interface IncomingRecord {
  /** Topic without prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal, may exceed 2^53. */
  readonly offset: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch: the broker's clock where the topic says LogAppendTime. */
  readonly timestampMs: number;
}

/** A decoded record: the event beside where it came from. A tombstone's event is null. */
export interface Received<T> {
  readonly event: T;
  readonly record: IncomingRecord;
}

export interface Producer {
  /** Resolves when all in-sync replicas have the records; rejects with a retriable BusError when they could not be had in time. */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Handed to a batch handler beside its records. */
export interface Chunk<T> {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly Received<T>[];
  /** Tells the group that this member lives. Handlers need it only when a chunk takes longer than a few seconds. */
  heartbeat(): Promise<void>;
}

/** Named by a handler: these records are refused by the domain and go to the dead letters; the rest of the chunk is tried again. */
export interface Refusal {
  readonly record: IncomingRecord;
  readonly code: string;
  readonly message: string;
}
