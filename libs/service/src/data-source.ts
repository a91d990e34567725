// Postgres through TypeORM: one pool, one schema, and no query that waits for ever.
import { DataSource, type MixedList } from 'typeorm';
import { DatabaseLogger } from './database-logger';
import type { Logger } from './logger';
import { PreparedClient } from './prepared-client';

// TypeORM knows migrations and entities as classes of any constructor
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type Classes = MixedList<Function>;

export interface DataSourceSettings {
  readonly url: string;
  /** Of its own: lower-case letters, digits and _. Every unqualified name is looked up here and nowhere else. */
  readonly schema: string;
  readonly migrations: Classes;
  readonly entities?: Classes;
  /** As Postgres shows it in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections. Default 10. */
  readonly poolSize?: number;
  /** One statement may take this long. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** Postgres' own settings by name, for each connection. */
  readonly server?: Readonly<Record<string, string>>;
  readonly logger?: Logger;
}

/** Connected. @throws what pg throws where Postgres is not there or refuses. */
export async function createDataSource(settings: DataSourceSettings): Promise<DataSource> {
  const { schema, poolSize = 10, statementTimeoutMs = 30_000, server = {}, logger } = settings;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new Error(`${schema} is no name for a schema`);
  const dataSource = new DataSource({
    type: 'postgres',
    url: settings.url,
    schema,
    applicationName: settings.applicationName,
    migrations: settings.migrations,
    entities: settings.entities ?? [],
    migrationsTableName: 'migrations',
    synchronize: false,
    logger: new DatabaseLogger(logger),
    maxQueryExecutionTime: 1_000,
    installExtensions: false,
    poolSize,
    connectTimeoutMS: 5_000,
    // without a listener an idle connection's end (failover, restart) would end the process
    poolErrorHandler: (error: Error) => logger?.warn({ err: error }, 'an idle database connection ended'),
    extra: {
      Client: PreparedClient,
      options: Object.entries({ search_path: schema, ...server })
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
    },
  });
  return dataSource.initialize();
}
