// The whole collector: HTTP and Kafka in, Kafka out, on a real broker, a real Postgres and a real Redis.
import {
  createProducer,
  deadLetterTopic,
  ensureTopics,
  readRange,
  toRecord,
  type BusOptions,
  type Producer,
} from '@weir/bus';
import {
  evidence,
  keyPublished,
  outcomeJoined,
  outcomeReported,
  policyPublished,
  predictionDecided,
  predictionReported,
  predictionServed,
  topicPlans,
  type EventContract,
  type Evidence,
  type OutcomeJoined,
  type PredictionDecided,
  type PredictionReported,
} from '@weir/contracts';
import { createLogger, makeApiKey, openLedgerDatabase, runMigrations } from '@weir/service';
import {
  buildKeyPublished,
  buildPolicy,
  buildSlice,
  eventually,
  required,
  schemaName,
  topicPrefix,
} from '@weir/testing';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { settingsOf } from './adapters/infrastructure';
import { startCollector } from './adapters/start-collector';
import { metrics, rollout, served } from './collector.fixture';
import { group, readConfig, type CollectorConfig } from './config';
import { type Tallies } from './domain/tally';

type App = Awaited<ReturnType<typeof startCollector>>;

const prefix = topicPrefix('collector');
const schema = schemaName('collector');
const env = {
  ...process.env,
  WEIR_TOPIC_PREFIX: prefix,
  WEIR_DATABASE_SCHEMA: schema,
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'silent',
};
const asleep = { on: () => undefined, exit: () => undefined };
const patience = { timeoutMs: 40_000, everyMs: 100 };

let bus: BusOptions;
let producer: Producer;
let apps: App[] = [];

beforeAll(async () => {
  required('KAFKA_BROKERS', process.env);
  required('REDIS_URL', process.env);
  const config = configOf();
  bus = { brokers: config.kafkaBrokers, clientId: 'collector-spec', topicPrefix: prefix };
  producer = createProducer(bus);
  await ensureTopics(
    bus,
    topicPlans.map((plan) => ({ ...plan, partitions: plan.cleanup === 'compact' ? 1 : 2 })),
  );
  const dataSource = await openLedgerDatabase(settingsOf(config), createLogger('spec', 'silent'));
  await runMigrations(dataSource);
  await dataSource.destroy();
}, 60_000);

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

afterAll(async () => {
  await producer.close();
  const client = new Client({ connectionString: required('DATABASE_URL', process.env) });
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

function configOf(some: Record<string, string> = {}): CollectorConfig {
  return readConfig({ ...env, WEIR_PROFILE: 'local', ...some });
}

async function start(some: Record<string, string> = {}): Promise<string> {
  const app = await startCollector(configOf(some), { process: asleep });
  apps.push(app);
  return app.getUrl();
}

function send<T>(contract: EventContract<T>, events: readonly T[]): Promise<void> {
  return producer.send(events.map((event) => toRecord(contract, event)));
}

function report(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/api/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function tallies(url: string): Promise<Tallies> {
  return (await (await fetch(`${url}/api/v1/tallies?model=spam`)).json()) as Tallies;
}

async function readAll<T>(contract: EventContract<T>): Promise<T[]> {
  const events: T[] = [];
  await readRange(bus, contract, new Map(), (event) => {
    if (event) events.push(event);
  });
  return events;
}

it('joins what comes by Kafka and by HTTP, and publishes final evidence, with two collectors and one that is closed on the way', async () => {
  const policy = buildPolicy({ metrics, slices: [buildSlice({ rollout, windowMs: 1_000 })] });
  const url = await start();
  await start();
  const events = Array.from({ length: 200 }, (_, index) => served({ unit: `unit-${index % 50}` }));
  const outcomes = events.map(({ predictionId }) => ({ predictionId, metric: 'correct', value: 'spam' }));
  // outcomes and predictions before their policy
  await send(outcomeReported, outcomes.slice(0, 50));
  await send(predictionServed, events.slice(0, 100));
  await send(policyPublished, [policy]);
  await send(predictionServed, events.slice(100));
  await apps.pop()?.close();
  await send(outcomeReported, [...outcomes.slice(50, 120), ...outcomes.slice(0, 20)]);
  const answer = await report(url, { outcomes: [...outcomes.slice(120), { predictionId: 'x', metric: 'correct' }] });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ accepted: 80, rejected: [{ index: 80, code: 'invalid' }] });
  await eventually(async () => {
    const now = await tallies(url);
    return now.predictions === 200 && now.outcomes.joined === 200 && now.outcomes.duplicate === 20;
  }, patience);
  expect(await tallies(url)).toEqual({
    predictions: 200,
    duplicatePredictions: 0,
    outcomes: { joined: 200, late: 0, duplicate: 20, orphan: 0, pending: 0, rejected: 1 },
    unknownMetric: 0,
    decided: 0,
    reports: { given: 0, missing: 0, late: 0, duplicate: 0, orphan: 0 },
  });
  const joined = await eventually(async () => {
    const found = await readAll(outcomeJoined);
    return found.length >= 200 && found;
  }, patience);
  expect(new Set(joined.map(({ predictionId }: OutcomeJoined) => predictionId)).size).toBe(200);
  const finals = await eventually(async () => {
    const rows = (await readAll(evidence)).filter((row: Evidence) => row.final && row.metric === 'correct');
    return rows.reduce((sum, { n }) => sum + n, 0) === 200 && rows;
  }, patience);
  expect(finals.reduce((sum, row) => sum + row.unitSums.n, 0)).toBe(50);
  expect(finals.every((row) => row.sum === row.n)).toBe(true);
}, 120_000);

it('makes one prediction of each decision and its report, whichever comes first, and evidence of it', async () => {
  const own = { model: 'served-by-callers', rollout: 'rollout-of-callers' };
  const slice = buildSlice({ rollout: own.rollout, windowMs: 1_000 });
  await send(policyPublished, [buildPolicy({ model: own.model, revision: 1, slices: [slice] })]);
  const decidedMs = Date.now();
  const decisions = Array.from({ length: 40 }, (_, index): PredictionDecided => ({
    ...{ predictionId: uuidv7(), ...own, stage: 0, step: 0, epoch: 1, weights: { v1: 9_000, v2: 1_000 } },
    ...{ arm: index % 4 === 0 ? 'v2' : 'v1', propensity: 0.5, assignment: 'unit', unit: `unit-${index}` },
    ...{ policyRevision: 1, reason: 'weights', decidedAt: new Date(decidedMs).toISOString() },
    // the last ten are never reported
    dueAt: new Date(decidedMs + (index < 30 ? 3_600_000 : 1)).toISOString(),
  }));
  const reports = decisions.slice(0, 30).map(({ predictionId, model, arm }): PredictionReported => ({
    ...{ predictionId, model, status: arm === 'v2' ? 500 : 200, latencyMs: 10 },
    reportedAt: new Date(decidedMs).toISOString(),
  }));
  await send(predictionReported, reports.slice(0, 15));
  const url = await start();
  await send(predictionDecided, [...decisions, ...decisions.slice(0, 5)]);
  await send(predictionReported, [...reports.slice(15), ...reports.slice(0, 5)]);
  const totals = async () => (await (await fetch(`${url}/api/v1/tallies?model=${own.model}`)).json()) as Tallies;
  await eventually(async () => (await totals()).predictions === 40, patience);
  expect(await totals()).toMatchObject({
    ...{ decided: 40, duplicatePredictions: 0 },
    reports: { given: 30, missing: 10, late: 0, duplicate: 5, orphan: 0 },
  });
  const served = (await readAll(predictionServed)).filter(({ model }) => model === own.model);
  expect(served.map(({ predictionId }) => predictionId).sort()).toEqual(
    decisions.map(({ predictionId }) => predictionId).sort(),
  );
  const errors = await eventually(async () => {
    const rows = (await readAll(evidence)).filter(
      (row) => row.rollout === own.rollout && row.final && row.metric === 'error-rate',
    );
    return rows.reduce((sum, { n }) => sum + n, 0) === 40 && rows;
  }, patience);
  const of = (arm: string) => errors.filter((row) => row.arm === arm).reduce((sum, row) => sum + row.sum, 0);
  // reported failures of v2, and the silence about both
  expect({ v1: of('v1'), v2: of('v2') }).toEqual({ v1: 8, v2: 8 + 2 });
}, 120_000);

it('makes dead letters of records that name a policy which does not exist, once it must have come, and of no others', async () => {
  const url = await start();
  const letters = deadLetterTopic(predictionServed.topic, group);
  const model = 'policies-late';
  const own = { model, rollout: undefined, policyRevision: 1 };
  const [bogus, sound] = [served({ ...own, policyRevision: 9 }), served(own)];
  await send(predictionServed, [bogus, sound]);
  await send(policyPublished, [buildPolicy({ model, revision: 1 })]);
  const found = async (id: string) => (await fetch(`${url}/api/v1/predictions/${id}`)).status;
  await eventually(async () => (await found(sound.predictionId)) === 200, patience);
  const refused: string[] = [];
  await eventually(async () => {
    refused.length = 0;
    await readRange(bus, { ...predictionServed, topic: letters }, new Map(), (event) => {
      if (event) refused.push(event.predictionId);
    });
    return refused.length > 0;
  }, patience);
  expect(refused).toEqual([bogus.predictionId]);
  expect(await found(bogus.predictionId)).toBe(404);
}, 120_000);

it('refuses bodies that are not what is promised, and names the path', async () => {
  const url = await start();
  const unknown = await report(url, { outcomes: [{}], note: 1 });
  expect(unknown.status).toBe(400);
  expect(JSON.stringify(await unknown.json())).toContain('note');
  expect((await report(url, { outcomes: [] })).status).toBe(400);
  expect((await report(url, { outcomes: Array.from({ length: 1_001 }, () => ({})) })).status).toBe(400);
  expect((await report(url, { outcomes: [{}] }, { 'idempotency-key': 'a b' })).status).toBe(400);
  expect((await fetch(`${url}/api/v1/predictions/nobody-knows`)).status).toBe(404);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

it('answers a key with the same answer, and 422 for another body', async () => {
  const url = await start();
  const one = { outcomes: [{ predictionId: 'not-there-yet', metric: 'correct', value: 'spam' }] };
  const [first, again] = [
    await report(url, one, { 'idempotency-key': 'k-1' }),
    await report(url, one, { 'idempotency-key': 'k-1' }),
  ];
  expect(await again.json()).toEqual(await first.json());
  expect(
    (await report(url, { outcomes: [{ ...one.outcomes[0], value: 'ham' }] }, { 'idempotency-key': 'k-1' })).status,
  ).toBe(422);
  const shown = (await (await fetch(`${url}/api/v1/predictions/not-there-yet`)).json()) as {
    prediction: null;
    outcomes: object[];
  };
  expect(shown).toMatchObject({ prediction: null, outcomes: [{ state: 'pending', value: 'spam' }] });
});

it('asks for a producer key where that is required, and for a viewer to read', async () => {
  const producerKey = makeApiKey('producer-1');
  const viewerKey = makeApiKey('viewer-1');
  await send(keyPublished, [
    buildKeyPublished({ id: producerKey.id, sha256: producerKey.sha256, role: 'producer' }),
    buildKeyPublished({ id: viewerKey.id, sha256: viewerKey.sha256, role: 'viewer' }),
  ]);
  const url = await start({ WEIR_PRODUCER_AUTH: 'required' });
  await eventually(async () => (await fetch(`${url}/readyz`)).ok, patience);
  const body = { outcomes: [{ predictionId: 'p', metric: 'correct', value: 'spam' }] };
  const as = (key: string) => ({ authorization: `Bearer ${key}` });
  expect((await report(url, body)).status).toBe(401);
  expect((await report(url, body, as(viewerKey.key))).status).toBe(403);
  expect((await report(url, body, as(producerKey.key))).status).toBe(202);
  expect((await fetch(`${url}/api/v1/predictions/p`, { headers: as(producerKey.key) })).status).toBe(403);
  expect((await fetch(`${url}/api/v1/predictions/p`, { headers: as(viewerKey.key) })).status).toBe(200);
});
