// A schema of a suite's own comes and goes in a real Postgres.
import { Client } from 'pg';
import { required, temporarySchema, topicPrefix } from './isolation';

const url = required('DATABASE_URL', process.env);

it('creates a schema and drops it with its tables', async () => {
  const schema = await temporarySchema(url, 'isolation');
  const client = new Client({ connectionString: url });
  await client.connect();
  const exists = async () =>
    (await client.query('SELECT 1 FROM information_schema.schemata WHERE schema_name = $1', [schema.name])).rowCount ===
    1;
  await client.query(`CREATE TABLE "${schema.name}".things (id int)`);
  expect(await exists()).toBe(true);
  await schema.drop();
  expect(await exists()).toBe(false);
  await client.end();
});

it('never gives the same prefix twice', () => {
  expect(topicPrefix('join')).not.toBe(topicPrefix('join'));
});
