// Reads a topic of dead letters, or the last of it, to where it ends now.
import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, type EachBatchHandler, type KafkaMessage } from 'kafkajs';
import { type BusLogger } from './bus-logger';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { LogEndsReader } from './log-ends';
import { wireName } from './names';

interface Source extends BusOptions {
  /** Connected. */
  readonly admin: Admin;
  readonly logger?: BusLogger;
}

/** @param atMost the newest so many. */
export async function readLetters(
  source: Source,
  name: string,
  atMost: number,
  each: (message: KafkaMessage) => void,
): Promise<void> {
  const { admin, topicPrefix, clientId, logger } = source;
  const wire = wireName(topicPrefix, name);
  if (!(await admin.listTopics()).includes(wire)) return;
  const { low, high } = await new LogEndsReader(admin, topicPrefix).of(name, 0);
  if (high === low) return;
  const groupId = wireName(topicPrefix, `${clientId}.reads.${name}.${randomUUID()}`);
  const from = high - low > atMost ? high - BigInt(atMost) : low;
  await admin.setOffsets({ groupId, topic: wire, partitions: [{ partition: 0, offset: String(from) }] });
  const settings = { groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100, retry: patient };
  const consumer = createKafka(source, patient, logger).consumer(settings);
  try {
    await readUntil(consumer, wire, high, each);
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined); // else the brokers forget it later
  }
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
    const eachBatch: EachBatchHandler = ({ batch }) => {
      batch.messages.forEach(each);
      if (BigInt(batch.lastOffset()) + 1n >= end) resolve();
      return Promise.resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
}
