// Names of a suite's own, so that suites share one Kafka and one Postgres without meeting.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** For WEIR_TOPIC_PREFIX: `spec-join-1f3a9c20.`. Topics with it may be left behind; their names never come back. */
export function topicPrefix(suite: string): string {
  return `spec-${suite}-${randomBytes(4).toString('hex')}.`;
}

/** A schema's name for WEIR_DATABASE_SCHEMA: `spec_join_1f3a9c20`. */
export function schemaName(suite: string): string {
  return `spec_${suite.replace(/[^a-z0-9]/g, '_')}_${randomBytes(4).toString('hex')}`;
}

export interface TemporarySchema {
  readonly name: string;
  /** With every table in it. */
  drop(): Promise<void>;
}

/** An empty schema; `create: false` only reserves the name, for those who test that it is created. */
export async function temporarySchema(
  databaseUrl: string,
  suite: string,
  { create = true }: { create?: boolean } = {},
): Promise<TemporarySchema> {
  const name = schemaName(suite);
  if (create) await execute(databaseUrl, `CREATE SCHEMA "${name}"`);
  return { name, drop: () => execute(databaseUrl, `DROP SCHEMA IF EXISTS "${name}" CASCADE`) };
}

async function execute(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** What the environment must name for `.int.spec.ts`. @throws Error saying how to get it. */
export function required(name: 'DATABASE_URL' | 'KAFKA_BROKERS' | 'REDIS_URL', env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (!value)
    throw new Error(`${name} is not set: integration specs run under npm test, or with ${name} in the environment`);
  return value;
}
