// Reads a topic from its beginning to its present end, as an auditor would.
import { Kafka, logLevel } from 'kafkajs';
import { randomUUID } from 'node:crypto';

export interface TappedRecord {
  readonly key: string | null;
  readonly value: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly offset: string;
}

/** Every record that the topic holds at this moment, values parsed where they are JSON. */
export async function readTopic(brokers: string, topic: string): Promise<TappedRecord[]> {
  const kafka = new Kafka({ clientId: 'auditor', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ high, low }) => BigInt(high) > BigInt(low));
  const groupId = `auditor-${randomUUID()}`;
  const records =
    ends.length === 0
      ? []
      : await readUntil(kafka, topic, groupId, new Map(ends.map((end) => [end.partition, BigInt(end.high)])));
  await admin.deleteGroups([groupId]).catch(() => undefined); // never existed for an empty topic
  await admin.disconnect();
  return records;
}

async function readUntil(
  kafka: Kafka,
  topic: string,
  groupId: string,
  ends: Map<number, bigint>,
): Promise<TappedRecord[]> {
  const records: TappedRecord[] = [];
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, retry: { retries: 8 } });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', (event) => reject(event.payload.error));
    const eachBatch: Parameters<typeof consumer.run>[0] = {
      eachBatch: async (payload) => {
        const { batch } = payload;
        for (const message of batch.messages) records.push(tapped(batch.partition, message));
        const end = ends.get(batch.partition);
        if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) ends.delete(batch.partition);
        if (ends.size === 0) resolve();
        await payload.heartbeat();
      },
    };
    consumer.run(eachBatch).catch(reject);
  });
  await consumer.disconnect();
  return records;
}

function tapped(
  partition: number,
  message: { key: Buffer | null; value: Buffer | null; offset: string; headers?: Record<string, unknown> },
): TappedRecord {
  const text = message.value?.toString('utf8') ?? '';
  const headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return {
    key: message.key?.toString('utf8') ?? null,
    value: parsed(text),
    text,
    headers,
    partition,
    offset: message.offset,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
