// Everything the collector holds open: made once, handed to the module, closed in order.
import {
  followKeys,
  meterBus,
  openLedgerBus,
  type BusMetrics,
  type BusOptions,
  type Ledger,
  type OutboxRelay,
} from '@weir/bus';
import {
  createDataSource,
  createLogger,
  createMetrics,
  createRedis,
  Health,
  MemoryKeyRing,
  type Cache,
  type Logger,
  type Metrics,
} from '@weir/service';
import { type DataSource } from 'typeorm';
import { group, type CollectorConfig } from '../config';
import { migrations } from './postgres/migrations/all';

/** Every statement finds some hundred rows by their keys. A planner that knows nothing of a new day's partition yet would read all of it. */
export const byKey = { enable_seqscan: 'off', jit: 'off' };

export interface Infrastructure {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly busMetrics: BusMetrics;
  readonly health: Health;
  readonly bus: BusOptions;
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  readonly relay: OutboxRelay;
  readonly cache: Cache;
  readonly keys: MemoryKeyRing;
  close(): Promise<void>;
}

export async function openInfrastructure(config: CollectorConfig): Promise<Infrastructure> {
  const logger = createLogger(group, config.logLevel);
  const metrics = createMetrics(group);
  const health = new Health();
  health.set('postgres', true);
  const bus = { brokers: config.kafkaBrokers, clientId: group, topicPrefix: config.topicPrefix };
  const counts = meterBus(metrics);
  const dataSource = await openDatabase(config, logger);
  const { ledger, relay, close } = openLedgerBus({ ...bus, group, dataSource, logger, metrics: counts });
  const cache = createRedis({ url: config.redisUrl, metrics, logger });
  const keys = new MemoryKeyRing();
  const reader = config.producerAuth === 'required' ? await followKeys({ ...bus, logger }, keys, health) : undefined;
  return {
    ...{ logger, metrics, busMetrics: counts, health, bus, dataSource, ledger, relay, cache, keys },
    close: async () => {
      await reader?.close();
      await close();
      await cache.close();
      await dataSource.destroy();
    },
  };
}

export function openDatabase(config: CollectorConfig, logger: Logger): Promise<DataSource> {
  const { databaseUrl: url, databaseSchema: schema } = config;
  return createDataSource({ url, schema, migrations: [...migrations], applicationName: group, logger, server: byKey });
}
