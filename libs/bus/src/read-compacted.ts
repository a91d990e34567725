// Reads a compacted topic from its beginning and follows it, for those who hold its state in memory.
import { type EventContract } from '@weir/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, type EachBatchPayload } from 'kafkajs';
import { describeError, silentLogger, type BusLogger } from './bus-logger';
import { toIncomingRecord } from './incoming-record';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { LogEndsReader } from './log-ends';
import { wireName } from './names';
import { type IncomingRecord } from './ports';
import { Rest } from './rest';

export interface CompactedReader {
  /** Resolves when everything that was in the topic at the start has been given to onRecord. Pending while Kafka is away. */
  readonly caughtUp: Promise<void>;
  /** Since Kafka was last heard of, milliseconds: it is asked at least every `checkEveryMs`. */
  silentMs(): number;
  close(): Promise<void>;
}

type OnRecord<T> = (event: T | null, record: IncomingRecord) => void;

export interface ReadCompactedOptions extends BusOptions {
  readonly logger?: BusLogger;
  /** How often the end of the topic is compared with where the reader is, milliseconds. Default 10000. */
  readonly checkEveryMs?: number;
}

/**
 * In a group of its own, without commits: every reader sees every record, and sees them again after a reconnection, so
 * onRecord must be idempotent (a revision). A tombstone gives null. What cannot be decoded is logged and passed over.
 * Never rejects: while Kafka is away it goes on trying.
 */
export function readCompacted<T>(
  options: ReadCompactedOptions,
  contract: EventContract<T>,
  onRecord: OnRecord<T>,
): Promise<CompactedReader> {
  const reader = new Reader(options, contract, onRecord);
  const running = reader.run();
  return Promise.resolve({
    caughtUp: reader.caughtUp.promise,
    silentMs: () => performance.now() - reader.heardAtMs,
    close: async () => {
      // kafkajs does not let go of a broker that is away before its retries are over
      await Promise.race([reader.stop().then(() => running), sleep(closeWithinMs, undefined, { ref: false })]);
    },
  });
}

const stalledChecks = 3;
const closeWithinMs = 8_000; // of the 20 s that a service has to stop

class Reader<T> {
  readonly caughtUp = signal();
  heardAtMs = performance.now();
  private readonly logger: BusLogger;
  private readonly rest = new Rest();
  private readonly ends: LogEndsReader;
  private readonly admin;
  private next = new Map<number, bigint>();
  private targets: ReadonlyMap<number, bigint> | undefined;
  private consumer: Consumer | undefined;
  private broken = false;
  private stopped = false;
  private group: string | undefined;

  constructor(
    private readonly options: ReadCompactedOptions,
    private readonly contract: EventContract<T>,
    private readonly onRecord: OnRecord<T>,
  ) {
    this.logger = options.logger ?? silentLogger;
    this.admin = createKafka(options, patient, this.logger).admin({ retry: { ...patient, retries: 1 } });
    this.ends = new LogEndsReader(this.admin, options.topicPrefix);
  }

  async run(): Promise<void> {
    for (let failures = 0; !this.stopped; failures += 1) {
      try {
        await this.read();
        failures = 0;
      } catch (error) {
        if (failures % 20 === 0)
          this.logger.warn(
            { topic: this.contract.topic, error: describeError(error) },
            'a compacted topic cannot be read, trying again',
          );
      }
      await this.consumer?.disconnect().catch(() => undefined);
      await this.rest.for(Math.min(5_000, 250 * 2 ** Math.min(failures, 5)));
    }
    if (this.group) await this.admin.deleteGroups([this.group]).catch(() => undefined); // else the brokers forget it later
    await this.admin.disconnect().catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.rest.end();
    await this.consumer?.disconnect().catch(() => undefined);
  }

  /** From the beginning until stopped, broken or stalled. */
  private async read(): Promise<void> {
    const { topic } = this.contract;
    this.broken = false;
    this.next = new Map();
    const ends = await this.ends.ofTopic(topic);
    this.heardAtMs = performance.now();
    this.targets ??= new Map(
      [...ends].filter(([, { low, high }]) => high > low).map(([partition, { high }]) => [partition, high]),
    );
    this.reached();
    const consumer = (this.consumer = this.createConsumer());
    if (this.stopped) return;
    await consumer.connect();
    await consumer.subscribe({ topics: [wireName(this.options.topicPrefix, topic)], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: (payload) => Promise.resolve(this.take(payload)) });
    await this.follow();
  }

  private createConsumer(): Consumer {
    const { clientId, topicPrefix } = this.options;
    const groupId = wireName(topicPrefix, `${clientId}.reads.${this.contract.topic}.${randomUUID()}`);
    this.group = groupId;
    const consumer = createKafka(this.options, patient, this.logger).consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: 30_000,
      heartbeatInterval: 3_000,
      maxWaitTimeInMs: 250,
      retry: { ...patient, restartOnFailure: () => Promise.resolve(false) },
    });
    consumer.on(consumer.events.CRASH, () => {
      this.broken = true;
      this.rest.wake();
    });
    return consumer;
  }

  private take(payload: EachBatchPayload): void {
    const { batch } = payload;
    this.heardAtMs = performance.now();
    for (const message of batch.messages) {
      if (payload.isStale() || this.stopped) return;
      this.give(toIncomingRecord(this.contract.topic, batch.partition, message));
    }
    this.next.set(batch.partition, BigInt(batch.lastOffset()) + 1n);
    this.reached();
  }

  private give(record: IncomingRecord): void {
    try {
      this.onRecord(record.value === null ? null : this.contract.decode(record.value), record);
    } catch (error) {
      const { topic, partition, offset, key } = record;
      this.logger.error(
        { topic, partition, offset, key, error: describeError(error) },
        'a record of a compacted topic is passed over',
      );
    }
  }

  private reached(): void {
    if (this.targets && [...this.targets].every(([partition, target]) => (this.next.get(partition) ?? 0n) >= target))
      this.caughtUp.resolve();
  }

  /** kafkajs can fall silent without an error: what stays behind the end of the topic is begun again. */
  private async follow(): Promise<void> {
    for (let behind = 0; !this.stopped && !this.broken;) {
      await this.rest.for(this.options.checkEveryMs ?? 10_000);
      const before = new Map(this.next);
      const ends = await this.ends.ofTopic(this.contract.topic).catch(() => undefined);
      if (!ends) continue;
      this.heardAtMs = performance.now();
      const stuck = [...ends].some(
        ([partition, { low, high }]) =>
          high > low && high > (before.get(partition) ?? low) && before.get(partition) === this.next.get(partition),
      );
      behind = stuck ? behind + 1 : 0;
      if (behind >= stalledChecks) {
        this.logger.warn(
          { topic: this.contract.topic },
          'the reader of a compacted topic fell silent and begins again',
        );
        return;
      }
    }
  }
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
