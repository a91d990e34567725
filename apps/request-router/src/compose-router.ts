// The router put together from plain classes, before Nest: the live path must not wait for it.
import { join } from 'node:path';
import { createProducer, EventJournal, KafkaBatchServer, meterBus } from '@weir/bus';
import { createMetrics, Health, MemoryKeyRing, Secrets, type Logger, type Metrics } from '@weir/service';
import { type LivePath } from './adapters/http/live-path';
import { JournalPredictionLog } from './adapters/kafka/journal-prediction-log';
import { KafkaReplies } from './adapters/kafka/kafka-replies';
import { instanceFigures, watchInstances } from './adapters/instance-metrics';
import { openVersions } from './adapters/open-versions';
import { routerMetrics } from './adapters/router-metrics';
import { watchLoad, watchPolicies, watchRing } from './adapters/state-metrics';
import { AnswerRequested } from './answer-requested';
import { busOf, within, type Bus } from './compose-keeper';
import { composeLive } from './compose-live';
import { type Config } from './config';
import { journalWorry } from './domain/journal-worry';
import { replyTopicFilter } from './domain/reply-topics';
import { FollowKeys } from './follow-keys';
import { type FollowPolicy } from './follow-policy';
import { newId } from './new-id';
import { type Clock } from './ports';
import { RoutePrediction } from './route-prediction';
import { ServeModels } from './serve-models';

const clock: Clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };

export interface Router {
  readonly live: LivePath;
  readonly requests: AnswerRequested;
  readonly consumer: KafkaBatchServer;
  readonly policyKnown: () => boolean;
  readonly liveness: () => string | undefined;
  /** Ends what runs: the records still in memory, the connections. */
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly bus: Bus;
}

/** What a serving process knows: kept by itself where it is alone, passed on to it where several serve. */
export interface Known {
  readonly models: ServeModels;
  readonly policies: FollowPolicy;
  readonly keys: ProducerKeys | undefined;
  /** Ends what the models live by. */
  stop(): void;
}

export type ProducerKeys = ReturnType<typeof producerKeys>;

export function surroundingsOf(config: Config, logger: Logger): Surroundings {
  const metrics = createMetrics('request-router');
  return {
    config,
    logger,
    metrics,
    health: new Health(),
    bus: { ...busOf(config, logger), metrics: meterBus(metrics) },
  };
}

/** The models of a process that asks their servers, and what ends the reading of the secrets for that. */
export function openModels({ config, logger, metrics }: Surroundings): { models: ServeModels; stop(): void } {
  const secrets = new Secrets({ directory: config.secretsDirectory, environment: config.secrets }, logger);
  const models: ServeModels = new ServeModels(
    openVersions(
      config,
      secrets,
      instanceFigures(metrics, (model, version) => models.serves(model, version)),
    ),
  );
  secrets.start();
  watchInstances(metrics, () => models.instances());
  watchPolicies(metrics, () => models.revisions(), clock.nowMs);
  return { models, stop: () => secrets.stop() };
}

/** Undefined where everybody may produce. */
export function producerKeys(config: Config) {
  if (config.producerAuth === 'off') return undefined;
  const ring = new MemoryKeyRing();
  return { ring, follow: new FollowKeys(ring) };
}

export async function composeRouter(surroundings: Surroundings, known: Known): Promise<Router> {
  const { config, logger, metrics, health, bus } = surroundings;
  const { models, policies, keys } = known;
  const figures = routerMetrics(metrics, (model, version) => models.serves(model, version));
  const producer = createProducer(bus);
  const opened = await openJournal(config, bus);
  health.warn('journal', () => journalWorry(opened.journal.status()));
  health.watch('policy', () => policies.readiness());
  if (keys) health.watch('keys', () => keys.follow.readiness());

  const log = new JournalPredictionLog(opened.journal, config.router);
  const route = new RoutePrediction(models, log, figures, clock, config);
  const parts = { config, route, models, journal: opened.journal, figures, clock, logger, health };
  const { live, load } = composeLive({ ...parts, keys: keys?.ring });
  watchLoad(metrics, load);
  watchRing(metrics, () => opened.journal.status());
  const replies = new KafkaReplies(producer, logger, () => figures.replyFailed());
  const consumer = intakeOf(bus);
  return {
    live,
    requests: new AnswerRequested(models, route, replies, replyTopicFilter(config.replyTopics), clock, newId),
    consumer,
    policyKnown: () => policies.readiness().ok,
    liveness: () => consumer.liveness(),
    stop: async () => {
      load.stop();
      known.stop();
      await opened.close();
      await within(2_000, Promise.all([producer.close(), models.close()]));
    },
  };
}

/** When only the intake of Kafka requests is dead, callers over HTTP are answered to the last before the supervisor starts anew. */
function intakeOf(bus: Bus): KafkaBatchServer {
  const onFatal = (error: Error): void => {
    bus.logger.error({ err: error }, 'the Kafka consumer has died; the router drains and ends');
    process.kill(process.pid, 'SIGTERM');
  };
  return new KafkaBatchServer({ ...bus, group: 'request-router', closeTimeoutMs: 6_000, onFatal });
}

/** A producer of its own: few large sends, and its lane must not wait behind announcements. */
async function openJournal(config: Config, bus: Bus): Promise<{ journal: EventJournal; close(): Promise<void> }> {
  const producer = createProducer({ ...bus, lingerMs: 0, maxWaitingBytes: 64 * 1024 ** 2 });
  const journal = await EventJournal.open({
    ...bus,
    directory: join(config.dataDirectory, 'journal'),
    producer,
    maxDiskBytes: Math.floor(config.journalMaxBytes / config.workers),
  });
  const close = async (): Promise<void> => {
    await journal.close(5_000);
    await within(2_000, producer.close());
  };
  return { journal, close };
}
