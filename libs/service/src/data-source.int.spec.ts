// A schema of a service's own, migrated by one runner at a time.
import { eventually, required, type TemporarySchema, TcpFaultProxy, temporarySchema } from '@weir/testing';
import { Client } from 'pg';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource, type DataSourceSettings } from './data-source';
import { createLogger } from './logger';
import { runMigrations } from './run-migrations';

const url = required('DATABASE_URL', process.env);

class Things1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('CREATE TABLE things (id int PRIMARY KEY)');
  }
  async down() {}
}

class MoreThings1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('ALTER TABLE things ADD COLUMN name text');
  }
  async down() {}
}

let schema: TemporarySchema;
const open: DataSource[] = [];

beforeEach(async () => (schema = await temporarySchema(url, 'data_source', { create: false })));
afterEach(async () => {
  for (const dataSource of open.splice(0)) await dataSource.destroy();
  await schema.drop();
});

async function connect(some: Partial<DataSourceSettings> = {}): Promise<DataSource> {
  const migrations = [Things1700000000001, MoreThings1700000000002];
  const dataSource = await createDataSource({ url, schema: schema.name, migrations, applicationName: 'spec', ...some });
  open.push(dataSource);
  return dataSource;
}

it('creates its schema, migrates it once, and finds nothing to do the second time', async () => {
  const dataSource = await connect();
  expect(await runMigrations(dataSource)).toEqual(['Things1700000000001', 'MoreThings1700000000002']);
  expect(await runMigrations(dataSource)).toEqual([]);
  const tables = await dataSource.query<{ table_name: string }[]>(
    'SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1',
    [schema.name],
  );
  expect(tables.map(({ table_name }) => table_name)).toEqual(['migrations', 'things']);
});

it('resolves unqualified names in its own schema only, on every connection of the pool', async () => {
  const dataSource = await connect({ poolSize: 3 });
  await runMigrations(dataSource);
  const paths = await Promise.all(
    Array.from({ length: 6 }, () =>
      dataSource.query<{ search_path: string }[]>('SELECT current_setting($1) AS search_path', ['search_path']),
    ),
  );
  expect(new Set(paths.map(([row]) => row?.search_path))).toEqual(new Set([schema.name]));
});

it('lets one of many runners migrate and the others wait for it', async () => {
  const runners = await Promise.all([connect({ poolSize: 1 }), connect({ poolSize: 1 }), connect({ poolSize: 1 })]);
  const ran = await Promise.all(runners.map((dataSource) => runMigrations(dataSource)));
  expect(ran.flat()).toHaveLength(2);
});

it('gives way to a long transaction and succeeds after it', async () => {
  await runMigrations(await connect({ migrations: [Things1700000000001] }));
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`SELECT 1 FROM "${schema.name}".things`);
  const dataSource = await connect();
  const running = runMigrations(dataSource, { lockWaitMs: 100, attempts: 50 });
  // a query that comes while the migration retries is not stuck behind it
  await eventually(async () => (await waitingFor(client, schema.name)) > 0);
  const reader = await connect();
  expect(await reader.query('SELECT count(*)::int AS n FROM things')).toEqual([{ n: 0 }]);
  await client.query('COMMIT');
  await client.end();
  expect(await running).toEqual(['MoreThings1700000000002']);
});

async function waitingFor(client: Client, schemaName: string): Promise<number> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::text::regclass',
    [`${schemaName}.things`],
  );
  return rowCount ?? 0;
}

it('leaves no lock and no setting behind when a migration fails', async () => {
  class Broken1700000000003 implements MigrationInterface {
    async up(runner: QueryRunner) {
      await runner.query('SELECT * FROM nowhere');
    }
    async down() {}
  }
  const dataSource = await connect({ migrations: [Things1700000000001, Broken1700000000003], poolSize: 1 });
  await expect(runMigrations(dataSource)).rejects.toThrow('nowhere');
  const [row] = await dataSource.query<{ timeout: string }[]>("SELECT current_setting('lock_timeout') AS timeout");
  expect(row?.timeout).toBe('0');
  const mended = await connect({ migrations: [Things1700000000001, MoreThings1700000000002] });
  expect(await runMigrations(mended)).toEqual(['MoreThings1700000000002']);
});

it('ends a statement that takes too long', async () => {
  const dataSource = await connect({ statementTimeoutMs: 50 });
  await expect(dataSource.query('SELECT pg_sleep(5)')).rejects.toThrow('statement timeout');
});

it('survives the end of its idle connections', async () => {
  const { hostname, port } = new URL(url);
  const proxy = await TcpFaultProxy.start({ host: hostname, port: Number(port || 5432) });
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(proxy.port);
  const lines: string[] = [];
  const logger = createLogger('spec', 'warn', { write: (line) => void lines.push(line) });
  const dataSource = await connect({ url: through.href, logger });
  await dataSource.query('SELECT 1');
  proxy.cut();
  await eventually(() => lines.some((line) => line.includes('an idle database connection ended')));
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await dataSource.destroy();
  open.pop();
  await proxy.stop();
});

it('refuses a name that is no schema', async () => {
  await expect(connect({ schema: 'x"; DROP SCHEMA public; --' })).rejects.toThrow('no name for a schema');
});

describe('statements with parameters', () => {
  it('are prepared once on each connection', async () => {
    const dataSource = await connect({ poolSize: 1 });
    const ask = (number: number) => dataSource.query<{ sum: number }[]>('select 1 + $1::int as sum', [number]);
    expect([await ask(1), await ask(2)]).toEqual([[{ sum: 2 }], [{ sum: 3 }]]);
    const prepared = await dataSource.query<{ statement: string }[]>('select statement from pg_prepared_statements');
    expect(prepared).toEqual([{ statement: 'select 1 + $1::int as sum' }]);
  });

  it('are prepared anew when a migration changed what they read', async () => {
    const dataSource = await connect({ poolSize: 1 });
    await runMigrations(dataSource);
    const read = () => dataSource.query<object[]>('select name from things where id = $1', [1]);
    await dataSource.query("insert into things (id, name) values (1, '7')");
    expect(await read()).toEqual([{ name: '7' }]);
    await dataSource.query('alter table things alter column name type integer using name::integer');
    await expect(read()).rejects.toThrow('cached plan must not change result type');
    expect(await read()).toEqual([{ name: 7 }]);
  });
});
