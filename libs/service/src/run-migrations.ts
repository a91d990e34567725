// Migrations: one runner at a time, in a schema that it creates, never queueing behind a long transaction.
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { setTimeout as pause } from 'node:timers/promises';

export interface MigrationPatience {
  /** How long to wait for another runner. Default 120 s. */
  readonly runnerWaitMs?: number;
  /** How long a migration may wait for a lock before it gives way and is tried again. Default 2 s. */
  readonly lockWaitMs?: number;
  /** Attempts at a lock. Default 10. */
  readonly attempts?: number;
}

const lockNotAvailable = '55P03';

/** Returns the names of the migrations that ran. A second runner waits for the first and then finds nothing to do. */
export async function runMigrations(dataSource: DataSource, patience: MigrationPatience = {}): Promise<string[]> {
  const schema = schemaOf(dataSource);
  const runner = dataSource.createQueryRunner();
  try {
    await setLockTimeout(runner, patience.runnerWaitMs ?? 120_000);
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`weir-migrations:${schema}`]);
    try {
      await runner.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
      await setLockTimeout(runner, patience.lockWaitMs ?? 2_000);
      return await execute(dataSource, runner, patience.attempts ?? 10);
    } finally {
      await runner.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`weir-migrations:${schema}`]);
      await runner.query('RESET lock_timeout');
      await runner.query('RESET statement_timeout');
    }
  } finally {
    await runner.release();
  }
}

async function execute(dataSource: DataSource, runner: QueryRunner, attempts: number): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each'; // what succeeded before a lock was refused stays
    try {
      return (await executor.executePendingMigrations()).map(({ name }) => name);
    } catch (error) {
      if (attempt >= attempts || (error as { code?: string }).code !== lockNotAvailable) throw error;
      await pause(500);
    }
  }
}

async function setLockTimeout(runner: QueryRunner, timeoutMs: number): Promise<void> {
  await runner.query("SELECT set_config('lock_timeout', $1, false)", [`${timeoutMs}ms`]);
}

function schemaOf(dataSource: DataSource): string {
  const { options } = dataSource;
  if (options.type !== 'postgres' || !options.schema)
    throw new Error('migrations need a Postgres data source with a schema');
  return options.schema;
}
