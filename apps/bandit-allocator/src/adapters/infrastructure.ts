// Everything the allocator holds open: made once, handed to the module, closed in order.
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
  Health,
  MemoryKeyRing,
  type Logger,
  type Metrics,
} from '@weir/service';
import { type DataSource } from 'typeorm';
import { group, type AllocatorConfig } from '../config';
import { migrations } from './postgres/migrations/all';

export interface Infrastructure {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly busMetrics: BusMetrics;
  readonly health: Health;
  readonly bus: BusOptions;
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  readonly relay: OutboxRelay;
  readonly keys: MemoryKeyRing;
  close(): Promise<void>;
}

export async function openInfrastructure(config: AllocatorConfig): Promise<Infrastructure> {
  const logger = createLogger(group, config.logLevel);
  const metrics = createMetrics(group);
  const health = new Health();
  health.set('postgres', true);
  const bus = { brokers: config.kafkaBrokers, clientId: group, topicPrefix: config.topicPrefix };
  const busMetrics = meterBus(metrics);
  const dataSource = await openDatabase(config, logger);
  const { ledger, relay, close } = openLedgerBus({ ...bus, group, dataSource, logger, metrics: busMetrics });
  const keys = new MemoryKeyRing();
  const reader = config.readAuth === 'required' ? await followKeys({ ...bus, logger }, keys, health) : undefined;
  return {
    ...{ logger, metrics, busMetrics, health, bus, dataSource, ledger, relay, keys },
    close: async () => {
      await reader?.close();
      await close();
      await dataSource.destroy();
    },
  };
}

export function openDatabase(config: AllocatorConfig, logger: Logger): Promise<DataSource> {
  const { databaseUrl: url, databaseSchema: schema } = config;
  return createDataSource({ url, schema, migrations: [...migrations], applicationName: group, logger });
}
