// Dead letters for people: what is there, one of them in full, and sending them back once the cause is mended.
import { type Admin, type KafkaMessage } from 'kafkajs';
import { BusError } from './errors';
import { silentLogger, type BusLogger } from './bus-logger';
import { LazyProducer } from './create-producer';
import { deadLetterHeaders, originalHeaders } from './dead-letter';
import { rawHeaders } from './incoming-record';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { LogEndsReader } from './log-ends';
import { readLetters } from './read-letters';
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

/** Both, where both are given; `ids` are of the letters. */
export interface ReplayChoice {
  readonly ids?: readonly string[];
  readonly code?: string;
}

export interface FullDeadLetter extends DeadLetter {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
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
    const letters: DeadLetter[] = [];
    await this.read(topic, group, ({ letter }) => void letters.push(letter));
    return letters
      .filter(({ code }) => filter.code === undefined || code === filter.code)
      .slice(0, filter.limit ?? 1_000);
  }

  async show(topic: string, group: string, id: string): Promise<FullDeadLetter | undefined> {
    let full: FullDeadLetter | undefined;
    await this.read(topic, group, ({ letter, message }) => {
      if (letter.id === id) full = { ...letter, headers: textHeaders(message), value: message.value };
    });
    return full;
  }

  /**
   * Sends letters back to their topic and partition, byte for byte, with their own headers (the event keeps its id, so that
   * what was applied already is not applied twice). The letters stay; the header weir-replay-of names the letter.
   * @param choice which; all where nothing is said.
   */
  async replay(topic: string, group: string, choice: ReplayChoice = {}): Promise<ReplayResult> {
    const chosen: Found[] = [];
    await this.read(topic, group, (found) => {
      const named = choice.ids?.includes(found.letter.id) ?? true;
      if (named && (choice.code === undefined || found.letter.code === choice.code)) chosen.push(found);
    });
    const missing = choice.ids?.filter((id) => !chosen.some(({ letter }) => letter.id === id)) ?? [];
    if (missing.length > 0)
      throw new BusError('dead-letter-unknown', `no such dead letters: ${missing.join(', ')}`, false);
    const producer = new LazyProducer(this.options);
    try {
      for (const { letter, message } of chosen) {
        const headers = { ...originalHeaders(message), [replayHeader]: letter.id };
        const messages = [{ key: message.key, value: message.value, headers, partition: letter.partition }];
        const wire = wireName(this.options.topicPrefix, letter.topic);
        await (await producer.connected()).send({ topic: wire, messages, acks: -1 });
      }
    } finally {
      await producer.disconnect();
    }
    return { replayed: chosen.length };
  }

  /** Each letter once, to where the topic ends now. */
  private async read(topic: string, group: string, each: (found: Found) => void): Promise<void> {
    const name = deadLetterTopic(topic, group);
    const seen = new Set<string>();
    await this.withAdmin((admin) =>
      readLetters({ ...this.options, admin }, name, Infinity, (message) => {
        const letter = toLetter(message);
        if (letter && !seen.has(letter.id)) each({ letter, message });
        if (letter) seen.add(letter.id);
      }),
    );
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

function textHeaders(message: KafkaMessage): Record<string, string> {
  const headers = Object.entries(rawHeaders(message));
  return Object.fromEntries(headers.map(([name, values]) => [name, values[0]?.toString() ?? '']));
}

async function count(ends: LogEndsReader, name: string): Promise<number> {
  const partitions = await ends.ofTopic(name);
  return [...partitions.values()].reduce((sum, { low, high }) => sum + Number(high - low), 0);
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
