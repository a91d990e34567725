// Writes dead letters to `<topic>.<group>.dlq`, which it makes when first needed.
import { type TopicPlan } from '@weir/contracts';
import { LazyProducer, type ProducerOptions } from './create-producer';
import { toDeadLetter, type Letter } from './dead-letter';
import { ensureTopics } from './ensure-topics';
import { deadLetterTopic, wireName } from './names';

const dayMs = 86_400_000;
/** Letters of one request to Kafka; a larger one goes alone. */
const requestBytes = 512 * 1024;

/** One partition, so that letters keep one order; larger than any record that can come, with room for the reason. */
export function deadLetterPlan(topic: string): TopicPlan {
  return { topic, partitions: 1, cleanup: 'delete', retentionMs: 30 * dayMs, maxMessageBytes: 5 * 1024 ** 2 };
}

export class DeadLetterWriter {
  private readonly producer: LazyProducer;
  private readonly made = new Set<string>();

  constructor(
    private readonly options: ProducerOptions,
    private readonly group: string,
  ) {
    this.producer = new LazyProducer(options);
  }

  /** Makes the dead-letter topics of these topics. */
  async prepare(topics: readonly string[]): Promise<void> {
    const missing = topics.map((topic) => deadLetterTopic(topic, this.group)).filter((name) => !this.made.has(name));
    if (missing.length > 0) await ensureTopics(this.options, missing.map(deadLetterPlan));
    for (const name of missing) this.made.add(name);
  }

  /** Resolves when all in-sync replicas have them all. Rejects otherwise: then the offset must not move. */
  async bury(letters: readonly Letter[]): Promise<void> {
    const [first] = letters;
    if (!first) return;
    const topic = deadLetterTopic(first.topic, this.group);
    await this.prepare([first.topic]);
    const producer = await this.producer.connected();
    for (const request of requests(letters)) {
      const messages = request.map((letter) => toDeadLetter(letter, this.group));
      await producer.send({ topic: wireName(this.options.topicPrefix, topic), messages, acks: -1 });
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
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
