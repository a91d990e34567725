// Writes dead letters to `<topic>.<group>.dlq`, which it makes when first needed.
import { type TopicPlan } from '@weir/contracts';
import { type Admin } from 'kafkajs';
import { LazyProducer, type ProducerOptions } from './create-producer';
import { deadLetterHeaders, letterId, toDeadLetter, type Letter } from './dead-letter';
import { ensureTopics } from './ensure-topics';
import { deadLetterTopic, wireName } from './names';
import { readLetters } from './read-letters';

const dayMs = 86_400_000;
/** Letters of one request to Kafka; a larger one goes alone. */
const requestBytes = 512 * 1024;
/** More than one process buries between a letter and its offset. */
const recalledLetters = 1_000;

/** One partition, so that letters keep one order; larger than any record that can come, with room for the reason. */
export function deadLetterPlan(topic: string): TopicPlan {
  return { topic, partitions: 1, cleanup: 'delete', retentionMs: 30 * dayMs, maxMessageBytes: 5 * 1024 ** 2 };
}

export class DeadLetterWriter {
  private readonly producer: LazyProducer;
  private readonly made = new Set<string>();
  /** Letters that were there when the group was joined: a member that was killed may have written them and no offset. */
  private recalled: Promise<ReadonlySet<string>> = Promise.resolve(new Set<string>());

  constructor(
    private readonly options: ProducerOptions,
    private readonly group: string,
    private readonly admin: () => Promise<Admin>,
  ) {
    this.producer = new LazyProducer(options);
  }

  /** At each join: makes the dead-letter topics of these topics, and notes the newest letters in them. */
  async prepare(topics: readonly string[]): Promise<void> {
    const recalled = this.make(topics).then(() => this.recall(topics));
    this.recalled = recalled.catch(() => new Set<string>());
    await recalled;
  }

  /**
   * Resolves with those that were not there yet, when all in-sync replicas have them all. Rejects otherwise: then the
   * offset must not move.
   */
  async bury(letters: readonly Letter[]): Promise<readonly Letter[]> {
    const [first] = letters;
    if (!first) return [];
    const known = await this.recalled;
    const fresh = letters.filter(({ topic, partition, raw }) => !known.has(letterId(topic, partition, raw.offset)));
    if (fresh.length > 0) await this.write(first.topic, fresh);
    return fresh;
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  private async write(ofTopic: string, letters: readonly Letter[]): Promise<void> {
    await this.make([ofTopic]);
    const topic = wireName(this.options.topicPrefix, deadLetterTopic(ofTopic, this.group));
    const producer = await this.producer.connected();
    for (const request of requests(letters)) {
      const messages = request.map((letter) => toDeadLetter(letter, this.group));
      await producer.send({ topic, messages, acks: -1 });
    }
  }

  private async make(topics: readonly string[]): Promise<void> {
    const missing = topics.map((topic) => deadLetterTopic(topic, this.group)).filter((name) => !this.made.has(name));
    if (missing.length > 0) await ensureTopics(this.options, missing.map(deadLetterPlan));
    for (const name of missing) this.made.add(name);
  }

  private async recall(topics: readonly string[]): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const source = { ...this.options, admin: await this.admin() };
    for (const topic of topics)
      await readLetters(source, deadLetterTopic(topic, this.group), recalledLetters, ({ headers }) => {
        ids.add(String(headers?.[deadLetterHeaders.id]));
      });
    return ids;
  }
}

function requests(letters: readonly Letter[]): Letter[][] {
  const all: Letter[][] = [];
  let bytes = Infinity;
  for (const letter of letters) {
    const size = (letter.raw.value?.length ?? 0) + (letter.raw.key?.length ?? 0) + 1_024;
    if (bytes + size > requestBytes) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(letter);
    bytes += size;
  }
  return all;
}
