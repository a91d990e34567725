// The whole comparator: Kafka in, Kafka out, HTTP reads, on a real broker, a real Postgres and real model servers; and killed on the way.
import { createProducer, ensureTopics, readRange, toRecord, type BusOptions, type Producer } from '@weir/bus';
import {
  evidence,
  keyPublished,
  policyPublished,
  predictionCompared,
  predictionServed,
  topicPlans,
  type EventContract,
  type PolicyPublished,
} from '@weir/contracts';
import { createLogger, makeApiKey, openLedgerDatabase, runMigrations } from '@weir/service';
import {
  buildKeyPublished,
  buildPolicy,
  buildSlice,
  eventually,
  ModelServer,
  required,
  schemaName,
  topicPrefix,
} from '@weir/testing';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { settingsOf } from './adapters/infrastructure';
import { type KeptExemplar, type Tally } from './adapters/postgres/postgres-reads';
import { startComparator } from './adapters/start-comparator';
import { outputs, served, total } from './comparator.fixture';
import { readConfig, type ComparatorConfig } from './config';

const prefix = topicPrefix('comparator');
const schema = schemaName('comparator');
const env = {
  ...process.env,
  ...{ WEIR_TOPIC_PREFIX: prefix, WEIR_DATABASE_SCHEMA: schema, WEIR_PROFILE: 'local', LOG_LEVEL: 'silent' },
  ...{ PORT: '0', HOST: '127.0.0.1', WEIR_SHADOW_MAX_AGE_SECONDS: '600' },
  WEIR_SHADOW_BUDGET_SECONDS: '30',
};
const asleep = { on: () => undefined, exit: () => undefined };
const patience = { timeoutMs: 60_000, everyMs: 100 };

type App = Awaited<ReturnType<typeof startComparator>>;

let bus: BusOptions;
let producer: Producer;
let shadow: ModelServer;
let apps: App[] = [];
let child: ChildProcess | undefined;

beforeAll(async () => {
  required('KAFKA_BROKERS', process.env);
  const config = configOf();
  bus = { brokers: config.kafkaBrokers, clientId: 'comparator-spec', topicPrefix: prefix };
  producer = createProducer(bus);
  await ensureTopics(
    bus,
    topicPlans.map((plan) => ({ ...plan, partitions: plan.cleanup === 'compact' ? 1 : 2 })),
  );
  const dataSource = await openLedgerDatabase(settingsOf(config), createLogger('spec', 'silent'));
  await runMigrations(dataSource);
  await dataSource.destroy();
  shadow = await ModelServer.start({ name: 'v2', label: 'spam' });
}, 60_000);

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
  if (child) await kill(child);
});

afterAll(async () => {
  await shadow.stop();
  await producer.close();
  const client = new Client({ connectionString: required('DATABASE_URL', process.env) });
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

function configOf(some: Record<string, string> = {}): ComparatorConfig {
  return readConfig({ ...env, ...some });
}

async function start(some: Record<string, string> = {}): Promise<string> {
  const app = await startComparator(configOf(some), { process: asleep });
  apps.push(app);
  return app.getUrl();
}

function send<T>(contract: EventContract<T>, events: readonly T[]): Promise<void> {
  return producer.send(events.map((event) => toRecord(contract, event)));
}

function shadowed(model: string, rollout: string, some: Partial<PolicyPublished> = {}): PolicyPublished {
  const shadows = [{ version: 'v2', sampleBps: 10_000 }];
  const spec = { compare: { outputs: { label: 'label' } } };
  const slice = buildSlice({ rollout, kind: 'shadow', arms: { v1: 10_000 }, shadows, spec, windowMs: 500 });
  const versionOf = (url: string) => ({ modelName: model, instances: [{ url, state: 'in-service' as const }] });
  const versions = { v1: versionOf('http://127.0.0.1:1'), v2: versionOf(shadow.url) };
  // a machine that is slow is not what is tested here
  return buildPolicy({ model, versions, slices: [slice], timeoutMs: 30_000, ...some });
}

async function tallyOf(url: string, rollout: string): Promise<Record<string, number>> {
  const answer = await fetch(`${url}/api/v1/comparisons/${rollout}`);
  return ((await answer.json()) as { stages: Tally[] }).stages[0]?.counts ?? {};
}

async function readAll<T>(contract: EventContract<T>): Promise<T[]> {
  const events: T[] = [];
  await readRange(bus, contract, new Map(), (event) => {
    if (event) events.push(event);
  });
  return events;
}

const results = (counts: Record<string, number>) =>
  Object.entries(counts).reduce((sum, [name, n]) => sum + (/^(?:compared$|skipped\.|failed\.)/.test(name) ? n : 0), 0);

it('compares what comes by Kafka, before and after its policy, and tells it as events, evidence and exemplars', async () => {
  const [model, rollout] = ['whole', 'rollout-whole'];
  const events = Array.from({ length: 120 }, (_, index) =>
    served({ model, rollout, unit: `unit-${index % 20}` }, index % 10 === 0 ? 'ham' : 'spam'),
  );
  await send(predictionServed, events.slice(0, 60));
  const url = await start();
  await start();
  await send(policyPublished, [shadowed(model, rollout)]);
  await send(predictionServed, [...events.slice(60), ...events.slice(0, 5)]);
  await apps.pop()?.close();
  await eventually(async () => results(await tallyOf(url, rollout)) === 120, patience);
  expect(await tallyOf(url, rollout)).toMatchObject({ compared: 120, matched: 108, mismatched: 12 });
  const told = await eventually(async () => {
    const compared = (await readAll(predictionCompared)).filter((event) => event.rollout === rollout);
    return compared.length >= 120 && compared;
  }, patience);
  expect(new Set(told.map(({ predictionId }) => predictionId)).size).toBe(120);
  const rows = await eventually(async () => {
    const of = (await readAll(evidence)).filter((row) => row.rollout === rollout);
    return total(of, 'result.compared').n === 120 && of;
  }, patience);
  expect(total(rows, 'agreement', { output: undefined })).toEqual({ n: 120, sum: 108 });
  const answer = await fetch(`${url}/api/v1/exemplars?rollout=${rollout}`);
  const { exemplars } = (await answer.json()) as { exemplars: KeptExemplar[] };
  expect(exemplars).toHaveLength(5);
  expect(exemplars[0]).toMatchObject({ kind: 'label: label', document: { stable: outputs('ham') } });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('weir_comparator_calls_total');
}, 120_000);

it('asks for a key of a viewer where it does not listen to its own machine only', async () => {
  const key = makeApiKey('viewer-of-exemplars');
  await send(keyPublished, [buildKeyPublished({ id: key.id, sha256: key.sha256, role: 'viewer' })]);
  const url = await start({ WEIR_PROFILE: 'production' });
  const ask = (authorization?: string) =>
    fetch(`${url}/api/v1/exemplars?rollout=x`, { headers: authorization === undefined ? {} : { authorization } });
  await eventually(async () => (await ask(`Bearer ${key.key}`)).status === 200, patience);
  expect((await ask()).status).toBe(401);
  expect((await fetch(`${url}/api/v1/exemplars`, { headers: { authorization: `Bearer ${key.key}` } })).status).toBe(
    400,
  );
}, 60_000);

it('loses and doubles nothing when it is killed in the middle of its work', async () => {
  const [model, rollout] = ['killed', 'rollout-killed'];
  shadow.behaviour = { kind: 'answer', latencyMs: 20 };
  const events = Array.from({ length: 300 }, (_, index) => served({ model, rollout, unit: `unit-${index % 30}` }));
  await send(policyPublished, [shadowed(model, rollout)]);
  const before = shadow.asked.length;
  child = startProcess();
  await send(predictionServed, events.slice(0, 200));
  await eventually(() => shadow.asked.length >= before + 30, patience);
  await kill(child);
  await send(predictionServed, events.slice(200));
  const url = await start();
  await eventually(async () => results(await tallyOf(url, rollout)) === 300, patience);
  // what the machine had no time for is told as that
  const { compared = 0, 'skipped.over-bound': late = 0 } = await tallyOf(url, rollout);
  expect(compared + late).toBe(300);
  expect(compared).toBeGreaterThan(0);
  const rows = await eventually(async () => {
    const of = (await readAll(evidence)).filter((row) => row.rollout === rollout);
    return total(of, 'result.compared').n + total(of, 'result.skipped.over-bound').n >= 300 && of;
  }, patience);
  expect(total(rows, 'result.compared')).toEqual({ n: compared, sum: compared });
  expect(total(rows, 'result.skipped.over-bound').n).toBe(late);
  expect(total(rows, 'agreement', { output: undefined })).toEqual({ n: compared, sum: compared }); // A/A
  const told = (await readAll(predictionCompared)).flatMap((event) =>
    event.rollout === rollout ? [event.predictionId] : [],
  );
  expect(new Set(told).size).toBe(300);
}, 240_000);

const loader = join(__dirname, '..', '..', '..', 'libs', 'bus', 'src', 'load-typescript.fixture.cjs');

function startProcess(): ChildProcess {
  return fork(join(__dirname, 'main.ts'), [], {
    env,
    execArgv: ['-r', loader, '-C', '@weir/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
