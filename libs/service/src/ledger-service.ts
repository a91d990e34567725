// What a service that applies records in transactions holds open: made once, handed to its module, closed in order.
import {
  ensureTopics,
  followKeys,
  meterBus,
  openLedgerBus,
  type BusMetrics,
  type BusOptions,
  type Ledger,
  type OutboxRelay,
} from '@weir/bus';
import { topicPlans } from '@weir/contracts';
import { type DataSource } from 'typeorm';
import { createDataSource, type DataSourceSettings } from './data-source';
import { Health } from './health';
import { MemoryKeyRing } from './key-ring';
import { createLogger, type Logger, type LogLevel } from './logger';
import { createMetrics, type Metrics } from './metrics';
import { runMigrations } from './run-migrations';

export interface LedgerServiceSettings {
  /** Consumer group without prefix: its name in logs, metrics and Postgres as well. */
  readonly group: string;
  readonly migrations: DataSourceSettings['migrations'];
  /** Postgres' own settings for its connections. */
  readonly server?: DataSourceSettings['server'];
  /** Whether callers need keys: then those that the controller publishes are followed. */
  readonly needsKeys: boolean;
  readonly config: {
    readonly logLevel: LogLevel;
    readonly kafkaBrokers: readonly string[];
    readonly topicPrefix: string;
    readonly databaseUrl: string;
    readonly databaseSchema: string;
  };
}

export interface LedgerService {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly busMetrics: BusMetrics;
  readonly health: Health;
  readonly bus: BusOptions;
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  /** Not started. */
  readonly relay: OutboxRelay;
  readonly keys: MemoryKeyRing;
  close(): Promise<void>;
}

/** Of a service whose statements find some hundred rows by their keys: a planner that knows nothing of a new table yet would read all of it. */
export const byKey: Readonly<Record<string, string>> = { enable_seqscan: 'off', jit: 'off' };

export async function openLedgerService(settings: LedgerServiceSettings): Promise<LedgerService> {
  const { group, config, needsKeys } = settings;
  const logger = createLogger(group, config.logLevel);
  const metrics = createMetrics(group);
  const health = new Health();
  health.set('postgres', true);
  const bus = { brokers: config.kafkaBrokers, clientId: group, topicPrefix: config.topicPrefix };
  const busMetrics = meterBus(metrics);
  const dataSource = await openLedgerDatabase(settings, logger);
  const { ledger, relay, close } = openLedgerBus({ ...bus, group, dataSource, logger, metrics: busMetrics });
  const keys = new MemoryKeyRing();
  const reader = needsKeys ? await followKeys({ ...bus, logger }, keys, health) : undefined;
  return {
    ...{ logger, metrics, busMetrics, health, bus, dataSource, ledger, relay, keys },
    close: async () => {
      await reader?.close();
      await close();
      await dataSource.destroy();
    },
  };
}

export function openLedgerDatabase(settings: LedgerServiceSettings, logger: Logger): Promise<DataSource> {
  const { group: applicationName, migrations, server, config } = settings;
  const { databaseUrl: url, databaseSchema: schema } = config;
  return createDataSource({ url, schema, migrations, applicationName, logger, server });
}

/** What runs once before the service: tables, topics, and what else it prepares. Safe to run again, and by several at once. */
export async function migrateLedgerService(
  settings: LedgerServiceSettings,
  prepare: (dataSource: DataSource) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { group, config } = settings;
  const logger = createLogger(`${group}-migrate`, config.logLevel);
  const dataSource = await openLedgerDatabase(settings, logger);
  try {
    const migrations = await runMigrations(dataSource);
    await prepare(dataSource);
    const { kafkaBrokers: brokers, topicPrefix } = config;
    await ensureTopics({ brokers, clientId: group, topicPrefix, logger }, topicPlans);
    logger.info({ migrations }, 'migrated');
  } finally {
    await dataSource.destroy();
  }
}
