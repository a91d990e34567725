// Dead letters for people: what is there, one of them in full, and sending them back once the cause is mended.
import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, type KafkaMessage } from 'kafkajs';
import { BusError } from './errors';
import { silentLogger, type BusLogger } from './bus-logger';
import { LazyProducer } from './create-producer';
import { deadLetterHeaders, originalHeaders } from './dead-letter';
import { rawHeaders } from './incoming-record';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { LogEndsReader } from './log-ends';
import { deadLetterTopic, plainName, wireName } from './names';

export interface DeadLetter {
  /** `<topic>-<partition>-<offset>` of the origin. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly group: string;
  readonly code: string;
  readonly message: string;
  readonly key: string | null;
  readonly valueBytes: number;
  /** When it came to its topic, by the broker's clock. */
  readonly arrivedAtMs: number;
  readonly buriedAtMs: number;
}

export interface ReplayResult {
  readonly replayed: number;
}

type Found = { readonly letter: DeadLetter; readonly message: KafkaMessage };

export class DeadLetters {
  private readonly logger: BusLogger;

  constructor(private readonly options: BusOptions & { readonly logger?: BusLogger }) {
    this.logger = options.logger ?? silentLogger;
  }

  /** The dead-letter topics there are: topic and group of each. */
  async topics(): Promise<{ name: string; letters: number }[]> {
    return this.withAdmin(async (admin, ends) => {
      const { topicPrefix } = this.options;
      const names = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix) && name.endsWith('.dlq'));
      const plain = names.map((name) => plainName(topicPrefix, name)).sort();
      return Promise.all(plain.map(async (name) => ({ name, letters: await count(ends, name) })));
    });
  }

  /** Each letter once, oldest first, however often it was written. */
  async list(topic: string, group: string, filter: { code?: string; limit?: number } = {}): Promise<DeadLetter[]> {
    const found = await this.read(topic, group);
    const wanted = [...found.values()]
      .map(({ letter }) => letter)
      .filter(({ code }) => filter.code === undefined || code === filter.code);
    return wanted.slice(0, filter.limit ?? 1_000);
  }

  async show(
    topic: string,
    group: string,
    id: string,
  ): Promise<(DeadLetter & { headers: Record<string, string>; value: Buffer | null }) | undefined> {
    const found = (await this.read(topic, group)).get(id);
    if (!found) return undefined;
    const headers = Object.entries(rawHeaders(found.message)).map(
      ([name, values]) => [name, values[0]?.toString() ?? ''] as const,
    );
    return { ...found.letter, headers: Object.fromEntries(headers), value: found.message.value };
  }

  /**
   * Sends letters back to their topic and partition, byte for byte, with their own headers (the event keeps its id, so that
   * what was applied already is not applied twice). The letters stay; the header weir-replay-of names the letter.
   * @param ids which; all where absent.
   */
  async replay(
    topic: string,
    group: string,
    choice: { ids?: readonly string[]; code?: string } = {},
  ): Promise<ReplayResult> {
    const found = [...(await this.read(topic, group)).values()];
    const chosen = found.filter(
      ({ letter }) =>
        (choice.ids?.includes(letter.id) ?? true) && (choice.code === undefined || letter.code === choice.code),
    );
    const missing = choice.ids?.filter((id) => !found.some(({ letter }) => letter.id === id)) ?? [];
    if (missing.length > 0)
      throw new BusError('dead-letter-unknown', `no such dead letters: ${missing.join(', ')}`, false);
    const producer = new LazyProducer(this.options);
    try {
      for (const { letter, message } of chosen) {
        const headers = { ...originalHeaders(message), [replayHeader]: letter.id };
        const messages = [{ key: message.key, value: message.value, headers, partition: letter.partition }];
        await (
          await producer.connected()
        ).send({ topic: wireName(this.options.topicPrefix, letter.topic), messages, acks: -1 });
      }
    } finally {
      await producer.disconnect();
    }
    return { replayed: chosen.length };
  }

  private async read(topic: string, group: string): Promise<Map<string, Found>> {
    const name = deadLetterTopic(topic, group);
    const end = await this.withAdmin(async (admin, ends) => {
      const exists = (await admin.listTopics()).includes(wireName(this.options.topicPrefix, name));
      return exists ? await ends.of(name, 0) : { low: 0n, high: 0n };
    });
    const found = new Map<string, Found>();
    if (end.high === end.low) return found;
    const consumer = createKafka(this.options, patient, this.logger).consumer({
      groupId: wireName(this.options.topicPrefix, `${this.options.clientId}.reads.${name}.${randomUUID()}`),
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 100,
      retry: patient,
    });
    try {
      await readUntil(consumer, wireName(this.options.topicPrefix, name), end.high, (message) => {
        const letter = toLetter(message);
        if (letter && !found.has(letter.id)) found.set(letter.id, { letter, message });
      });
    } finally {
      await consumer.disconnect();
    }
    return found;
  }

  private async withAdmin<R>(work: (admin: Admin, ends: LogEndsReader) => Promise<R>): Promise<R> {
    const admin = createKafka(this.options, patient, this.logger).admin({ retry: patient });
    await admin.connect();
    try {
      return await work(admin, new LogEndsReader(admin, this.options.topicPrefix));
    } finally {
      await admin.disconnect();
    }
  }
}

const replayHeader = 'weir-replay-of';

async function count(ends: LogEndsReader, name: string): Promise<number> {
  const partitions = await ends.ofTopic(name);
  return [...partitions.values()].reduce((sum, { low, high }) => sum + Number(high - low), 0);
}

async function readUntil(
  consumer: Consumer,
  wire: string,
  end: bigint,
  each: (message: KafkaMessage) => void,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [wire], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachBatch = ({ batch }: { batch: { messages: KafkaMessage[]; lastOffset(): string } }) => {
      batch.messages.forEach(each);
      if (BigInt(batch.lastOffset()) + 1n >= end) resolve();
      return Promise.resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
}

function toLetter(message: KafkaMessage): DeadLetter | undefined {
  const headers = rawHeaders(message);
  const text = (name: keyof typeof deadLetterHeaders) => headers[deadLetterHeaders[name]]?.[0]?.toString() ?? '';
  if (!text('id')) return undefined; // not written by the bus
  return {
    id: text('id'),
    topic: text('topic'),
    partition: Number(text('partition')),
    offset: text('offset'),
    group: text('group'),
    code: text('code'),
    message: text('message'),
    key: message.key === null ? null : message.key.toString(),
    valueBytes: message.value?.length ?? 0,
    arrivedAtMs: Number(text('timestampMs')),
    buriedAtMs: Number(message.timestamp),
  };
}
