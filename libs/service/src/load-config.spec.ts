// All faults of an environment at once, and no value in the message.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidConfigError, loadConfig, variables } from './load-config';

const schema = z.object({
  PORT: variables.port(8080),
  KAFKA_BROKERS: variables.kafkaBrokers,
  DATABASE_URL: variables.databaseUrl,
  WEIR_PROFILE: variables.profile,
  WEIR_TOPIC_PREFIX: variables.topicPrefix,
});

const good = { KAFKA_BROKERS: 'a:9092, b:9092', DATABASE_URL: 'postgres://weir:secret@db:5432/weir' };

it('fills defaults in and splits lists', () => {
  expect(loadConfig(schema, good)).toEqual({
    PORT: 8080,
    KAFKA_BROKERS: ['a:9092', 'b:9092'],
    DATABASE_URL: good.DATABASE_URL,
    WEIR_PROFILE: 'production',
    WEIR_TOPIC_PREFIX: '',
  });
});

it('takes an empty variable for an absent one', () => {
  expect(loadConfig(schema, { ...good, PORT: '', WEIR_PROFILE: '' })).toMatchObject({
    PORT: 8080,
    WEIR_PROFILE: 'production',
  });
});

it('names every fault at once and repeats no value', () => {
  const load = () =>
    loadConfig(schema, { PORT: '99999', KAFKA_BROKERS: 'broker', DATABASE_URL: 'mysql://root:swordfish@db' });
  expect(load).toThrow(InvalidConfigError);
  expect(load).toThrow(/PORT: .*\n.*KAFKA_BROKERS.*: host:port.*\n.*DATABASE_URL: a URL such as/);
  expect(load).not.toThrow(/swordfish|99999/);
});

it('names what is missing', () => {
  expect(() => loadConfig(schema, {})).toThrow(/KAFKA_BROKERS: .*\n.*DATABASE_URL: /);
});

it('cannot be changed afterwards', () => {
  expect(Object.isFrozen(loadConfig(schema, good))).toBe(true);
});

describe('secrets as files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-secrets-'));
    writeFileSync(join(folder, 'database-url'), `${good.DATABASE_URL}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a secret from the file that is named', () => {
    const config = loadConfig(schema, { KAFKA_BROKERS: 'a:9092', DATABASE_URL_FILE: join(folder, 'database-url') });
    expect(config.DATABASE_URL).toBe(good.DATABASE_URL);
  });

  it('refuses both at once, and a file that is not there', () => {
    expect(() => loadConfig(schema, { ...good, DATABASE_URL_FILE: join(folder, 'database-url') })).toThrow('too much');
    expect(() => loadConfig(schema, { KAFKA_BROKERS: 'a:9092', DATABASE_URL_FILE: join(folder, 'none') })).toThrow(
      'DATABASE_URL_FILE: the file cannot be read',
    );
  });
});
