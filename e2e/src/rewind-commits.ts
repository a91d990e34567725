// Makes Kafka forget the last commits of a group whose members are gone, so that it delivers those records again.
import { eventually } from '@weir/testing';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { type System } from './system';

/** Waits until the group is empty (its dead member's session ends), then moves every partition back by so many records. */
export async function rewindCommits(system: System, group: string, by: number): Promise<void> {
  const brokers = system.run().kafkaBrokers.split(',');
  const admin = new Kafka({ clientId: 'vandal', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await rewind(admin, system.topic(group), by);
  } finally {
    await admin.disconnect();
  }
}

async function rewind(admin: Admin, groupId: string, by: number): Promise<void> {
  const state = async () => (await admin.describeGroups([groupId])).groups[0]?.state;
  await eventually(async () => (await state()) === 'Empty', { timeoutMs: 60_000, everyMs: 250 });
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId })) {
    const lows = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, Number(low)]));
    const committed = partitions.filter(({ offset }) => Number(offset) >= 0);
    const moved = committed.map(({ partition, offset }) => ({
      partition,
      offset: String(Math.max(lows.get(partition) ?? 0, Number(offset) - by)),
    }));
    if (moved.length > 0) await admin.setOffsets({ groupId, topic, partitions: moved });
  }
}
