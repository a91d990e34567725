// The part of a router that there is once, however many processes serve: reads policies and keys, keeps the last known good, announces.
import { join } from 'node:path';
import { createProducer, ensureTopics, toRecord, type BusLogger, type BusMetrics, type BusOptions } from '@weir/bus';
import { policyApplied, policyPublished, topicPlans, type PolicyApplied } from '@weir/contracts';
import { type Logger } from '@weir/service';
import { LastKnownGoodFiles } from './adapters/disk/last-known-good-files';
import { followKeys, followPolicies } from './adapters/kafka/follow-topics';
import { AnnouncePolicy } from './announce-policy';
import { type Config } from './config';
import { type FollowKeys } from './follow-keys';
import { FollowPolicy, type LastKnownGood, type PolicyListener } from './follow-policy';
import { stalePolicies, type Stale } from './domain/stale-policies';
import { type ServeModels } from './serve-models';

export type Bus = BusOptions & { readonly logger: BusLogger; readonly metrics: BusMetrics };

export interface Keeper {
  readonly policies: FollowPolicy;
  readonly announcements: AnnouncePolicy;
  /** Models that are served by policies of which it is not known whether they are the latest. */
  readonly stale: () => Stale;
  /** Ends what runs: the last word about the policy, the readers, the connections. */
  stop(): Promise<void>;
}

export interface KeeperParts {
  readonly models: ServeModels;
  /** Undefined: everybody may produce. */
  readonly keys: FollowKeys | undefined;
  /** What is announced; undefined: nothing now. */
  readonly inForce: () => PolicyApplied['models'] | undefined;
  readonly onPolicy?: PolicyListener;
  /** A topic has been read to the end that it had at the start. */
  readonly onCaughtUp?: (topic: 'policies' | 'keys') => void;
}

export function busOf(config: Config, logger: Logger): Omit<Bus, 'metrics'> {
  const { brokers, topicPrefix, router } = config;
  return { brokers, topicPrefix, clientId: `request-router-${router}`, logger };
}

export function followPolicy(models: ServeModels, disk: LastKnownGood, logger: Logger): FollowPolicy {
  return new FollowPolicy(models, disk, policyPublished.decode, {
    applied: ({ model, revision, state }, source) =>
      logger.info({ model, revision, state, source }, 'a policy is in force'),
    unusable: ({ model, revision }, problem) =>
      logger.error({ model, revision, problem }, 'a policy cannot be served by; the former one stays in force'),
    undecodable: (problem) => logger.error({ problem }, 'a last known good policy cannot be read'),
  });
}

/** Resolves when the last known good has been taken; the topics are read from then on. */
export async function composeKeeper(config: Config, logger: Logger, bus: Bus, parts: KeeperParts): Promise<Keeper> {
  const producer = createProducer(bus);
  const announcements = announce(config, parts, producer, logger);
  const disk = (name: string) => new LastKnownGoodFiles(join(config.dataDirectory, name), logger);
  const disks = { policies: disk('policies'), keys: disk('keys') };
  const policies = followPolicy(parts.models, disks.policies, logger);
  if (parts.onPolicy) policies.onChange(parts.onPolicy);
  await policies.restore();
  policies.onChange(() => announcements.announce());
  const readers = {
    policies: await followPolicies(bus, policies),
    ...(parts.keys && { keys: await followKeys(bus, parts.keys, disks.keys) }),
  };
  for (const [topic, reader] of Object.entries(readers))
    void reader.caughtUp.then(() => parts.onCaughtUp?.(topic as keyof typeof readers));
  announcements.start();
  void ensureTopics(bus, topicPlans).catch((error: unknown) =>
    logger.warn({ err: error }, 'the topics could not be checked'),
  );
  return {
    policies,
    announcements,
    stale: () => stalePolicies(parts.models.revisions(), readers.policies.silentMs()),
    stop: async () => {
      // kafkajs does not let go of a broker that is away before its retries are over: the stop does not wait for that
      await within(
        3_000,
        Promise.all([announcements.stop(), ...Object.values(readers).map((reader) => reader.close())]),
      );
      await within(1_000, Promise.all([producer.close(), disks.policies.flush(), disks.keys.flush()]));
    },
  };
}

function announce(
  config: Config,
  { inForce }: KeeperParts,
  producer: ReturnType<typeof createProducer>,
  logger: Logger,
): AnnouncePolicy {
  return new AnnouncePolicy(config.router, {
    inForce,
    send: (event) =>
      producer.send([toRecord(policyApplied, event, { source: `weir/request-router/${config.router}` })]),
    nowMs: Date.now,
    failed: (error) => logger.debug({ err: error }, 'the policy in force could not be announced'),
  });
}

export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
