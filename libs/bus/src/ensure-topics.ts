// Makes the topic plan true: creates what is missing, corrects configuration that drifted. Safe to run by many at once.
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { type TopicPlan } from '@weir/contracts';
import { silentLogger, type BusLogger } from './bus-logger';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { wireName } from './names';

const dynamicTopicConfig = 1; // DescribeConfigs: the topic's own setting, not a default

/**
 * Partitions are never added to a topic that exists: its keys would change places. A topic with fewer than planned is
 * named in the log.
 */
export async function ensureTopics(
  options: BusOptions & { readonly logger?: BusLogger },
  plans: readonly TopicPlan[],
): Promise<void> {
  const logger = options.logger ?? silentLogger;
  const admin = createKafka(options, patient, logger).admin({ retry: patient });
  await admin.connect();
  try {
    const wired = plans.map((plan) => ({ ...plan, topic: wireName(options.topicPrefix, plan.topic) }));
    await createMissing(admin, wired);
    await correctDrift(admin, wired, logger);
  } finally {
    await admin.disconnect();
  }
}

async function createMissing(admin: Admin, plans: readonly TopicPlan[]): Promise<void> {
  const present = new Set(await admin.listTopics());
  const missing = plans.filter((plan) => !present.has(plan.topic));
  if (missing.length === 0) return;
  await admin.createTopics({
    // kafkajs gives up when a broker has not heard of the topic yet: we wait ourselves
    waitForLeaders: false,
    topics: missing.map((plan) => ({
      topic: plan.topic,
      numPartitions: plan.partitions,
      replicationFactor: -1, // the broker's default.replication.factor
      configEntries: Object.entries(configOf(plan)).map(([name, value]) => ({ name, value })),
    })),
  });
  const created = missing.map(({ topic }) => topic);
  await awaitLeaders(admin, created);
}

type TopicAdmin = Pick<Admin, 'fetchTopicMetadata' | 'fetchTopicOffsets'>;
const leaderPollMs = 100;
const leadersWithinMs = 30_000;
const notYet = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/**
 * A topic is created before every broker knows it, and is known before its leader serves it: asking too early is
 * answered that there is no such topic, or another leader.
 */
export async function awaitLeaders(admin: TopicAdmin, topics: readonly string[]): Promise<void> {
  const deadline = performance.now() + leadersWithinMs;
  for (;;) {
    try {
      const found = await admin.fetchTopicMetadata({ topics: [...topics] });
      if (found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) {
        for (const topic of topics) await admin.fetchTopicOffsets(topic);
        return;
      }
    } catch (error) {
      if (!notYet.has((error as { type?: string }).type ?? '') || performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error(`no leaders for ${topics.join(', ')}`);
    await pause(leaderPollMs);
  }
}

async function correctDrift(admin: Admin, plans: readonly TopicPlan[], logger: BusLogger): Promise<void> {
  if (plans.length === 0) return;
  await namePartitionDrift(admin, plans, logger);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map((plan) => ({ type: ConfigResourceTypes.TOPIC, name: plan.topic })),
  });
  for (const { resourceName, configEntries } of resources) {
    const plan = plans.find(({ topic }) => topic === resourceName);
    if (!plan) continue;
    const wanted = Object.entries(configOf(plan));
    const found = new Map(configEntries.map((entry) => [entry.configName, entry.configValue]));
    const drifted = wanted.filter(([name, value]) => found.get(name) !== value).map(([name]) => name);
    if (drifted.length === 0) continue;
    logger.info({ topic: resourceName, drifted }, 'the configuration of a topic is corrected');
    // the request replaces the topic's whole configuration: what others have set there is sent along
    const own = configEntries.filter(
      (entry) => Number(entry.configSource) === dynamicTopicConfig && !entry.isSensitive,
    );
    const merged = new Map([...own.map((entry) => [entry.configName, entry.configValue] as const), ...wanted]);
    const configEntriesToSet = [...merged].map(([name, value]) => ({ name, value }));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: resourceName, configEntries: configEntriesToSet }],
    });
  }
}

async function namePartitionDrift(admin: Admin, plans: readonly TopicPlan[], logger: BusLogger): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map((plan) => plan.topic) });
  for (const { name, partitions } of topics) {
    const planned = plans.find((plan) => plan.topic === name)?.partitions;
    if (partitions.length === planned) continue;
    const fields = { topic: name, planned, found: partitions.length };
    logger.warn(fields, 'a topic has another number of partitions than planned; it is left so');
  }
}

function configOf(plan: TopicPlan): Record<string, string> {
  return {
    'cleanup.policy': plan.cleanup,
    'max.message.bytes': String(plan.maxMessageBytes),
    'message.timestamp.type': 'LogAppendTime', // arrival by one clock; a producer's clock neither expires records nor forges lateness
    ...(plan.retentionMs === undefined ? {} : { 'retention.ms': String(plan.retentionMs) }),
  };
}
