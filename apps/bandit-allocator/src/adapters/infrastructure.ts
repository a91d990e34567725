// Everything the comparator holds open: made once, handed to the module, closed in order.
import {
  createProducer,
  Ledger,
  meterBus,
  OutboxRelay,
  readCompacted,
  type BusMetrics,
  type BusOptions,
} from '@weir/bus';
import { keyPublished } from '@weir/contracts';
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
  const producer = createProducer({ ...bus, lingerMs: 0, logger, metrics: busMetrics });
  const relay = new OutboxRelay({ dataSource, producer, logger, metrics: busMetrics });
  const keys = new MemoryKeyRing();
  const reader = config.readAuth === 'required' ? await followKeys(bus, keys, health, logger) : undefined;
  return {
    ...{ logger, metrics, busMetrics, health, bus, dataSource, relay, keys },
    ledger: new Ledger(dataSource, group, busMetrics),
    close: async () => {
      await relay.stop();
      await reader?.close();
      await producer.close();
      await dataSource.destroy();
    },
  };
}

export function openDatabase(config: AllocatorConfig, logger: Logger): Promise<DataSource> {
  const { databaseUrl: url, databaseSchema: schema } = config;
  return createDataSource({ url, schema, migrations: [...migrations], applicationName: group, logger });
}

async function followKeys(
  bus: BusOptions,
  keys: MemoryKeyRing,
  health: Health,
  logger: Logger,
): ReturnType<typeof readCompacted> {
  health.set('keys', false, 'not read yet');
  const reader = await readCompacted({ ...bus, logger }, keyPublished, (event, record) => {
    if (event) keys.put(event);
    else if (record.key !== null) keys.remove(record.key);
  });
  void reader.caughtUp.then(() => health.set('keys', true));
  return reader;
}
