// The router put together from plain classes, before Nest: the live path must not wait for it.
import { join } from 'node:path';
import { createProducer, ensureTopics, EventJournal, KafkaBatchServer, meterBus, toRecord } from '@weir/bus';
import { policyApplied, policyPublished, topicPlans } from '@weir/contracts';
import { MemoryKeyRing, type Health, type Logger, type Metrics } from '@weir/service';
import { uuidv7 } from 'uuidv7';
import { LastKnownGoodFiles } from './adapters/disk/last-known-good-files';
import { Secrets } from './adapters/disk/secrets';
import { admitProducers } from './adapters/http/admit-producer';
import { DecidePath } from './adapters/http/decide-path';
import { LivePath } from './adapters/http/live-path';
import { followKeys, followPolicies, type Following } from './adapters/kafka/follow-topics';
import { JournalDecisionLog } from './adapters/kafka/journal-decision-log';
import { JournalPredictionLog } from './adapters/kafka/journal-prediction-log';
import { KafkaReplies } from './adapters/kafka/kafka-replies';
import { instanceFigures, watchInstances } from './adapters/instance-metrics';
import { openVersions } from './adapters/open-versions';
import { routerMetrics, watchPolicies } from './adapters/router-metrics';
import { AnnouncePolicy } from './announce-policy';
import { AnswerRequested } from './answer-requested';
import { type Config } from './config';
import { DecidePrediction } from './decide-prediction';
import { DescribeModel } from './describe-model';
import { replyTopicFilter } from './domain/reply-topics';
import { FollowPolicy } from './follow-policy';
import { type Clock, type DecisionObserver } from './ports';
import { ReportServed } from './report-served';
import { RoutePrediction } from './route-prediction';
import { ServeModels } from './serve-models';

/** A record of prediction-requested holds at most 4 MiB, and so does one of prediction-served with its envelope. */
const maxBodyBytes = 4 * 1024 ** 2 - 128 * 1024;

const clock: Clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };

export interface Router {
  readonly live: LivePath;
  readonly requests: AnswerRequested;
  readonly consumer: KafkaBatchServer;
  readonly policies: FollowPolicy;
  /** Ends what runs, in order: the last word about the policy, the records still in memory, the connections. */
  stop(): Promise<void>;
}

export async function composeRouter(config: Config, logger: Logger, metrics: Metrics, health: Health): Promise<Router> {
  const bus = busOf(config, logger);
  const busMetrics = meterBus(metrics);
  const figures = routerMetrics(metrics);
  const producer = createProducer({ ...bus, metrics: busMetrics });
  const journal = await openJournal(config, { ...bus, metrics: busMetrics });
  const { models, secrets } = openModels(config, logger, metrics);

  const log = new JournalPredictionLog(journal.journal, config.router);
  const route = new RoutePrediction(models, log, figures, clock, config);
  const decidePath = decidePathOf(config, models, journal.journal, figures);
  const policies = await restorePolicies(config, models, logger);
  health.watch('policy', () => policies.follow.readiness());
  const announcements = announce(config, models, producer, logger);
  policies.follow.onChange(() => announcements.announce());
  const keys = await followProducers(config, bus, health);
  const following = await followPolicies(bus, policies.follow);
  announcements.start();
  void checkTopics(bus);

  const replies = new KafkaReplies(producer, logger, () => figures.replyFailed());
  return {
    live: new LivePath(route, models, new DescribeModel(models), decidePath, clock, logger, {
      maxBodyBytes,
      maxInFlight: config.maxInFlight,
      admit: keys && admitProducers(keys.ring, clock.nowMs),
      ready: () => health.ready().ok,
      newId: uuidv7,
      refused: (status) => figures.refused(status),
    }),
    requests: new AnswerRequested(models, route, replies, replyTopicFilter(config.replyTopics), clock),
    consumer: intakeOf({ ...bus, metrics: busMetrics }),
    policies: policies.follow,
    stop: async () => {
      // kafkajs does not let go of a broker that is away before its retries are over: the stop does not wait for that
      await within(3_000, Promise.all([announcements.stop(), following.close(), keys?.close()]));
      secrets.stop();
      await journal.close();
      await within(2_000, Promise.all([producer.close(), models.close(), policies.disk.flush()]));
    },
  };
}

function decidePathOf(
  config: Config,
  models: ServeModels,
  journal: EventJournal,
  figures: DecisionObserver,
): DecidePath {
  const log = new JournalDecisionLog(journal, config.router);
  const decisions = new DecidePrediction(models, log, figures, clock, config);
  return new DecidePath(decisions, new ReportServed(models, log, figures, clock, config), uuidv7);
}

async function checkTopics(bus: ReturnType<typeof busOf>): Promise<void> {
  try {
    await ensureTopics(bus, topicPlans);
  } catch (error) {
    bus.logger.warn({ err: error }, 'the topics could not be checked');
  }
}

/** When only the intake of Kafka requests is dead, callers over HTTP are answered to the last before the supervisor starts anew. */
function intakeOf(bus: Bus): KafkaBatchServer {
  const onFatal = (error: Error): void => {
    bus.logger.error({ err: error }, 'the Kafka consumer has died; the router drains and ends');
    process.kill(process.pid, 'SIGTERM');
  };
  return new KafkaBatchServer({ ...bus, group: 'request-router', closeTimeoutMs: 6_000, onFatal });
}

function busOf(config: Config, logger: Logger) {
  const { brokers, topicPrefix, router } = config;
  return { brokers, topicPrefix, clientId: `request-router-${router}`, logger };
}

type Bus = ReturnType<typeof busOf> & { metrics: ReturnType<typeof meterBus> };

/** A producer of its own: few large sends, and its lane must not wait behind announcements. */
async function openJournal(config: Config, bus: Bus): Promise<{ journal: EventJournal; close(): Promise<void> }> {
  const producer = createProducer({ ...bus, lingerMs: 0, maxWaitingBytes: 64 * 1024 ** 2 });
  const journal = await EventJournal.open({ ...bus, directory: join(config.dataDirectory, 'journal'), producer });
  const close = async (): Promise<void> => {
    await journal.close(5_000);
    await within(2_000, producer.close());
  };
  return { journal, close };
}

function openModels(config: Config, logger: Logger, metrics: Metrics): { models: ServeModels; secrets: Secrets } {
  const secrets = new Secrets({ directory: config.secretsDirectory, environment: config.secrets }, logger);
  const models = new ServeModels(openVersions(config, secrets, instanceFigures(metrics)));
  secrets.start();
  watchInstances(metrics, () => models.instances());
  watchPolicies(metrics, () => models.revisions(), clock.nowMs);
  return { models, secrets };
}

async function restorePolicies(config: Config, models: ServeModels, logger: Logger) {
  const disk = new LastKnownGoodFiles(join(config.dataDirectory, 'policies'), logger);
  const follow = new FollowPolicy(models, disk, policyPublished.decode, {
    applied: ({ model, revision, state }, source) =>
      logger.info({ model, revision, state, source }, 'a policy is in force'),
    unusable: ({ model, revision }, problem) =>
      logger.error({ model, revision, problem }, 'a policy cannot be served by; the former one stays in force'),
    undecodable: (problem) => logger.error({ problem }, 'a last known good policy cannot be read'),
  });
  await follow.restore();
  return { follow, disk };
}

function announce(
  config: Config,
  models: ServeModels,
  producer: ReturnType<typeof createProducer>,
  logger: Logger,
): AnnouncePolicy {
  return new AnnouncePolicy(config.router, {
    inForce: () => models.inForce(),
    send: (event) =>
      producer.send([toRecord(policyApplied, event, { source: `weir/request-router/${config.router}` })]),
    nowMs: clock.nowMs,
    failed: (error) => logger.debug({ err: error }, 'the policy in force could not be announced'),
  });
}

async function followProducers(config: Config, bus: ReturnType<typeof busOf>, health: Health) {
  if (config.producerAuth === 'off') return undefined;
  const ring = new MemoryKeyRing();
  const disk = new LastKnownGoodFiles(join(config.dataDirectory, 'keys'), bus.logger);
  const following: Following = await followKeys(bus, ring, disk, health);
  return { ring, close: () => following.close() };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
