// The whole allocator: outcomes and policies in from Kafka, weights out to Kafka, HTTP reads, over a restart.
import { createProducer, ensureTopics, readRange, toRecord, type BusOptions, type Producer } from '@weir/bus';
import {
  outcomeJoined,
  policyPublished,
  topicPlans,
  weightsAllocated,
  type EventContract,
  type WeightsAllocated,
} from '@weir/contracts';
import { createLogger, openLedgerDatabase, runMigrations } from '@weir/service';
import { eventually, required, schemaName, topicPrefix } from '@weir/testing';
import { Client } from 'pg';
import { settingsOf } from './adapters/infrastructure';
import { type BanditView } from './adapters/postgres/postgres-reads';
import { startAllocator } from './adapters/start-allocator';
import { banditPolicy, clicked, rollout } from './allocator.fixture';
import { readConfig } from './config';

const prefix = topicPrefix('allocator');
const schema = schemaName('allocator');
const config = () =>
  readConfig({
    ...process.env,
    ...{ WEIR_TOPIC_PREFIX: prefix, WEIR_DATABASE_SCHEMA: schema, WEIR_PROFILE: 'local', LOG_LEVEL: 'silent' },
    ...{ PORT: '0', HOST: '127.0.0.1' },
  });
const asleep = { on: () => undefined, exit: () => undefined };
const patience = { timeoutMs: 60_000, everyMs: 100 };

let bus: BusOptions;
let producer: Producer;
let app: Awaited<ReturnType<typeof startAllocator>> | undefined;

beforeAll(async () => {
  bus = { brokers: config().kafkaBrokers, clientId: 'allocator-spec', topicPrefix: prefix };
  producer = createProducer(bus);
  await ensureTopics(
    bus,
    topicPlans.map((plan) => ({ ...plan, partitions: plan.cleanup === 'compact' ? 1 : 2 })),
  );
  const dataSource = await openLedgerDatabase(settingsOf(config()), createLogger('spec', 'silent'));
  await runMigrations(dataSource);
  await dataSource.destroy();
}, 60_000);

afterEach(async () => {
  await app?.close();
  app = undefined;
});

afterAll(async () => {
  await producer.close();
  const client = new Client({ connectionString: required('DATABASE_URL', process.env) });
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

async function start(): Promise<string> {
  app = await startAllocator(config(), { process: asleep });
  return app.getUrl();
}

function send<T>(contract: EventContract<T>, events: readonly T[]): Promise<void> {
  return producer.send(events.map((event) => toRecord(contract, event)));
}

async function allocated(): Promise<WeightsAllocated[]> {
  const events: WeightsAllocated[] = [];
  await readRange(bus, weightsAllocated, new Map(), (event) => {
    if (event) events.push(event);
  });
  return events;
}

async function learntOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/bandits/${rollout}`);
  const { bandits } = (await answer.json()) as { bandits: BanditView[] };
  return Math.round((bandits[0]?.arms ?? []).reduce((sum, { effectiveSamples }) => sum + effectiveSamples, 0));
}

const outcomes = (count: number) =>
  Array.from({ length: count }, (_, index) => clicked(['v1', 'v2', 'v3'][index % 3] ?? '', index % 3 === 1 ? 1 : 0));

it('learns what Kafka brings, says how to share the traffic, and goes on where it was after a restart', async () => {
  // a year: outcomes that are counted a minute late still count whole
  await send(policyPublished, [banditPolicy({}, {}, { halfLifeMs: 31_536_000_000 })]);
  await send(outcomeJoined, outcomes(300));
  const url = await start();
  await eventually(async () => (await learntOf(url)) === 300, patience);
  const readOf = ({ offsets }: WeightsAllocated) => Object.values(offsets).reduce((sum, next) => sum + Number(next), 0);
  const first = await eventually(async () => (await allocated()).find((event) => readOf(event) === 300), patience);
  expect(first.weights['v2']).toBeGreaterThan(9_000);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await app?.close();
  app = undefined;
  await send(outcomeJoined, outcomes(300));
  const again = await start();
  await eventually(async () => (await learntOf(again)) === 600, patience);
  const later = await eventually(
    async () => (await allocated()).find(({ sequence }) => sequence > first.sequence + 1),
    patience,
  );
  expect(later.rollout).toBe(rollout);
}, 120_000);

it('of a rollout without a bandit there is nothing to read', async () => {
  const url = await start();
  const answer = await fetch(`${url}/api/v1/bandits/nobody`);
  expect([answer.status, await answer.json()]).toEqual([200, { rollout: 'nobody', bandits: [] }]);
}, 60_000);
