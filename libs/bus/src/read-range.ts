// Reads a topic from noted positions to where it ends now, as an auditor does: no group is left behind, nothing is committed.
import { type EventContract } from '@weir/contracts';
import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, type EachBatchHandler } from 'kafkajs';
import { BusError } from './errors';
import { toIncomingRecord } from './incoming-record';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { LogEndsReader } from './log-ends';
import { wireName } from './names';
import { type IncomingRecord } from './ports';

/** The next offset to be written, by partition. */
export type Positions = ReadonlyMap<number, bigint>;

export interface ReadRangeOptions extends BusOptions {
  /** After this long without a record the read is given up, milliseconds. Default 20000. */
  readonly stalledMs?: number;
}

/** Where the topic ends now. */
export async function endsOfTopic(options: BusOptions, topic: string): Promise<Positions> {
  return withAdmin(options, async (admin) => {
    const ends = await new LogEndsReader(admin, options.topicPrefix).ofTopic(topic);
    return new Map([...ends].map(([partition, { high }]) => [partition, high]));
  });
}

/**
 * Gives every record of the topic from `from` (absent partitions: their beginning) to its end at this moment to onRecord, in
 * the order of each partition, once or more. What cannot be decoded gives null. Where onRecord gives a promise, nothing more is read
 * until it resolves. Rejects when the brokers fall silent.
 */
export async function readRange<T>(
  options: ReadRangeOptions,
  contract: EventContract<T>,
  from: Positions,
  onRecord: (event: T | null, record: IncomingRecord) => unknown,
): Promise<void> {
  const { topic } = contract;
  await withAdmin(options, async (admin) => {
    const remaining = new Map<number, bigint>();
    const begins = new Map<number, bigint>();
    for (const [partition, { low, high }] of await new LogEndsReader(admin, options.topicPrefix).ofTopic(topic)) {
      const begin = from.get(partition) ?? low;
      begins.set(partition, begin > low ? begin : low);
      if (high > begin) remaining.set(partition, high);
    }
    if (remaining.size === 0) return;
    const groupId = wireName(options.topicPrefix, `${options.clientId}.audits.${topic}.${randomUUID()}`);
    const partitions = [...begins].map(([partition, offset]) => ({ partition, offset: offset.toString() }));
    await admin.setOffsets({ groupId, topic: wireName(options.topicPrefix, topic), partitions });
    try {
      await consume(options, groupId, topic, remaining, (record) => onRecord(decoded(contract, record), record));
    } finally {
      await admin.deleteGroups([groupId]).catch(() => undefined); // expires by itself
    }
  });
}

/** Until every partition in `remaining` has reached the offset named there. */
async function consume(
  options: ReadRangeOptions,
  groupId: string,
  topic: string,
  remaining: Map<number, bigint>,
  onRecord: (record: IncomingRecord) => unknown,
): Promise<void> {
  const consumer = createKafka(options, patient).consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    // one that began again by itself would go on for ever, and so would its process
    retry: { ...patient, restartOnFailure: () => Promise.resolve(false) },
  });
  const watch = new StallWatch(options.stalledMs ?? 20_000, `reading ${topic}`);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [wireName(options.topicPrefix, topic)], fromBeginning: true });
    await Promise.race([watch.stalled, reachEnds(consumer, topic, remaining, watch, onRecord)]);
  } finally {
    watch.end();
    await consumer.disconnect();
  }
}

function reachEnds(
  consumer: Consumer,
  topic: string,
  remaining: Map<number, bigint>,
  watch: StallWatch,
  onRecord: (record: IncomingRecord) => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachBatch: EachBatchHandler = async (payload) => {
      const { batch } = payload;
      for (const message of batch.messages) await onRecord(toIncomingRecord(topic, batch.partition, message));
      watch.progress();
      const end = remaining.get(batch.partition);
      if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) remaining.delete(batch.partition);
      if (remaining.size === 0) resolve();
      await payload.heartbeat();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
}

function decoded<T>(contract: EventContract<T>, record: IncomingRecord): T | null {
  try {
    return record.value === null ? null : contract.decode(record.value);
  } catch {
    return null;
  }
}

async function withAdmin<R>(options: BusOptions, use: (admin: Admin) => Promise<R>): Promise<R> {
  const admin = createKafka(options, patient).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Rejects `stalled` when nothing happens for a while: kafkajs can fall silent without an error. */
class StallWatch {
  readonly stalled: Promise<never>;
  private readonly timer: NodeJS.Timeout;

  constructor(afterMs: number, what: string) {
    let reject: (error: Error) => void = () => undefined;
    this.stalled = new Promise<never>((_, fail) => (reject = fail));
    this.timer = setTimeout(
      () => reject(new BusError('read-stalled', `${what}: no record for ${afterMs} ms`, true)),
      afterMs,
    );
    this.stalled.catch(() => undefined);
  }

  progress(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
