// The whole router against a real Kafka: policy in, predictions out, restarts, the Kafka intake, keys.
import 'reflect-metadata';
import {
  createProducer,
  ensureTopics,
  readCompacted,
  readRange,
  toRecord,
  type CompactedReader,
  type IncomingRecord,
  type Producer,
} from '@weir/bus';
import {
  keyPublished,
  policyApplied,
  policyPublished,
  predictionDecided,
  predictionReported,
  predictionRequested,
  predictionServed,
  topicPlans,
  type EventContract,
  type PolicyApplied,
  type PolicyPublished,
  type PredictionServed,
} from '@weir/contracts';
import { createLogger, makeApiKey } from '@weir/service';
import {
  buildKeyPublished,
  buildPolicy,
  buildPredictionRequested,
  buildSlice,
  eventually,
  eventuallyPasses,
  ModelServer,
  required,
  topicPrefix,
} from '@weir/testing';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootRouter } from './boot-router';
import { readConfig } from './config';

const brokers = required('KAFKA_BROKERS', process.env);
const prefix = topicPrefix('router');
const bus = { brokers: brokers.split(','), clientId: 'spec', topicPrefix: prefix };
const replyTopic = 'weir.reply.spec';

let producer: Producer;
let stable: ModelServer;
let candidate: ModelServer;
let folder: string;
const served: { event: PredictionServed; record: IncomingRecord }[] = [];
const applied: PolicyApplied[] = [];
const replies: Record<string, unknown>[] = [];
const dead: IncomingRecord[] = [];
const readers: CompactedReader[] = [];

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}
const running = new Set<Running>();

async function start(env: Record<string, string> = {}): Promise<Running> {
  const config = readConfig({
    KAFKA_BROKERS: brokers,
    WEIR_TOPIC_PREFIX: prefix,
    WEIR_PROFILE: 'local',
    WEIR_DATA_DIR: join(folder, 'a'),
    WEIR_ROUTER_ID: 'router-a',
    HOST: '127.0.0.1',
    PORT: '0',
    ...env,
  });
  const signals = new EventEmitter();
  const exited = new Promise<number>((resolve) => signals.once('exit', resolve));
  const fakeProcess = Object.assign(signals, { exit: (code: number) => signals.emit('exit', code) });
  const { app } = await bootRouter(config, createLogger('router', 'silent'), fakeProcess);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const router: Running = {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      running.delete(router);
      signals.emit('SIGTERM');
      expect(await exited).toBe(0);
    },
  };
  running.add(router);
  return router;
}

async function startReady(env: Record<string, string> = {}): Promise<Running> {
  const router = await start(env);
  await eventually(async () => (await fetch(`${router.url}/readyz`)).ok, { timeoutMs: 30_000 });
  return router;
}

const tolerant = <T>(topic: string, read: (value: Buffer | string) => T): EventContract<T> => ({
  ...(predictionServed as unknown as EventContract<T>),
  topic,
  decode: read,
});

async function follow<T>(contract: EventContract<T>, take: (event: T, record: IncomingRecord) => void): Promise<void> {
  const reader = await readCompacted(bus, contract, (event, record) => event !== null && take(event, record));
  readers.push(reader);
  await reader.caughtUp;
}

let revision = 0;
async function publish(some: Partial<PolicyPublished> = {}): Promise<number> {
  const at = (server: ModelServer) => [{ url: server.url, state: 'in-service' as const }];
  const versions = {
    v1: { modelName: 'spam', instances: at(stable) },
    v2: { modelName: 'spam', instances: at(candidate) },
  };
  const policy = buildPolicy({ revision: ++revision, versions, timeoutMs: 4_000, ...some });
  await producer.send([toRecord(policyPublished, policy)]);
  return policy.revision;
}

const inForce = (router: Running, wanted: number, model = 'spam') =>
  eventually(async () => {
    const text = await (await fetch(`${router.url}/metrics`)).text();
    return new RegExp(`weir_router_policy_revision\\{.*model="${model}".*\\} ${wanted}\\b`).test(text);
  });

const infer = (router: Running, id: string, headers: Record<string, string> = {}) =>
  fetch(`${router.url}/v2/models/spam/infer`, {
    method: 'POST',
    body: '{"inputs":[]}',
    headers: { 'x-weir-prediction-id': id, ...headers },
  });

const eventsOf = (ids: readonly string[]) => served.filter(({ event }) => ids.includes(event.predictionId));
const recorded = (ids: readonly string[]) =>
  eventuallyPasses(
    () =>
      expect(
        eventsOf(ids)
          .map(({ event }) => event.predictionId)
          .sort(),
      ).toEqual([...ids].sort()),
    { timeoutMs: 30_000 },
  );
const names = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-router-'));
  [stable, candidate] = await Promise.all([ModelServer.start({ name: 'one' }), ModelServer.start({ name: 'two' })]);
  producer = createProducer(bus);
  const small = { partitions: 1, cleanup: 'delete', retentionMs: 3_600_000, maxMessageBytes: 4 * 1024 ** 2 } as const;
  const dlq = `${predictionRequested.topic}.request-router.dlq`;
  await ensureTopics(bus, [...topicPlans, { topic: replyTopic, ...small }, { topic: dlq, ...small }]);
  await follow(predictionServed, (event, record) => served.push({ event, record }));
  await follow(policyApplied, (event) => applied.push(event));
  await follow(
    tolerant(replyTopic, (value) => JSON.parse(value.toString()) as Record<string, unknown>),
    (event) => replies.push(event),
  );
  await follow(
    tolerant(dlq, (value) => value.toString()),
    (_, record) => dead.push(record),
  );
});
afterEach(() => {
  stable.behaviour = { kind: 'answer' };
  candidate.behaviour = { kind: 'answer' };
});
afterAll(async () => {
  await Promise.all([...running].map((router) => router.stop()));
  await Promise.all(readers.map((reader) => reader.close()));
  await producer.close();
  await Promise.all([stable.stop(), candidate.stop()]);
  await rm(folder, { recursive: true, force: true });
});

describe('the router', () => {
  it('serves by the policy of the topic, records each prediction once in Kafka, and announces what is in force', async () => {
    const router = await startReady();
    await inForce(router, await publish({ slices: [buildSlice({ arms: { v1: 5_000, v2: 5_000 } })] }));
    const ids = names('first', 200);
    for (const id of ids)
      expect(
        (await infer(router, id, { 'x-weir-unit': id, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }))
          .status,
      ).toBe(200);
    await recorded(ids);
    const events = eventsOf(ids);
    const onCandidate = events.filter(({ event }) => event.arm === 'v2').length;
    expect(Math.abs(onCandidate - 100)).toBeLessThan(4 * Math.sqrt(50));
    for (const { event, record } of events) {
      expect(event).toMatchObject({
        policyRevision: revision,
        propensity: 0.5,
        answeredBy: event.arm,
        armStatus: 'ok',
        router: 'router-a',
      });
      expect(event.capture?.response).toMatchObject({
        kind: 'json',
        body: { outputs: [expect.objectContaining({ name: 'label' })] },
      });
      expect(record.key).toBe(event.predictionId);
      expect(record.headers).toMatchObject({
        ce_specversion: '1.0',
        ce_type: predictionServed.topic,
        ce_source: 'weir/request-router/router-a',
      });
      expect(record.headers['traceparent']).toContain('a'.repeat(32));
    }
    await eventually(() =>
      applied.some(
        ({ models, state }) =>
          state === 'serving' && models['spam']?.revision === revision && models['spam'].source === 'live',
      ),
    );
    await router.stop();
    await eventually(() => applied.at(-1)?.state === 'stopping');
  });

  it('records what it decided, and what was reported, for callers that call the model themselves', async () => {
    const router = await startReady();
    await inForce(router, await publish({ slices: [buildSlice({ arms: { v1: 0, v2: 10_000 } })] }));
    const post = (verb: string, body: object) =>
      fetch(`${router.url}/models/spam/${verb}`, { method: 'POST', body: JSON.stringify(body) });
    const decided = (await (await post('decide', { unit: 'alice' })).json()) as Record<string, string>;
    const { predictionId = '' } = decided;
    expect(decided).toEqual({ predictionId, version: 'v2', instance: candidate.url, policy: revision });
    expect((await post('served', { predictionId, status: 200, latencyMs: 7 })).status).toBe(202);
    const found = async <T extends { predictionId: string }>(contract: EventContract<T>) => {
      const events: T[] = [];
      await readRange(bus, contract, new Map(), (event) => void (event && events.push(event)));
      return events.filter((event) => event.predictionId === predictionId);
    };
    const [decision] = await eventually(async () => {
      const both = [await found(predictionDecided), await found(predictionReported)] as const;
      return both[0].length > 0 && both[1].length > 0 && both[0];
    });
    expect(decision).toMatchObject({ arm: 'v2', unit: 'alice', policyRevision: revision, router: 'router-a' });
    await router.stop();
  });

  it('answers 404 once the model is retired', async () => {
    const router = await startReady();
    await inForce(router, await publish({ model: 'brief' }), 'brief');
    const call = () => fetch(`${router.url}/v2/models/brief/infer`, { method: 'POST', body: '{}' });
    expect((await call()).status).toBe(200);
    await publish({ model: 'brief', state: 'retired' });
    await eventually(async () => (await call()).status === 404);
    await router.stop();
  });

  it('records durably where it is asked to: nothing waits in memory when the answer is out', async () => {
    const router = await startReady({
      WEIR_EVENTS: 'durable',
      WEIR_DATA_DIR: join(folder, 'durable'),
      WEIR_ROUTER_ID: 'router-durable',
    });
    await inForce(router, await publish());
    const ids = names('durable', 50);
    await Promise.all(ids.map((id) => infer(router, id).then((response) => expect(response.status).toBe(200))));
    await recorded(ids);
    await router.stop();
  });

  it('stops without failing a request that is under way', async () => {
    const router = await startReady();
    await inForce(router, await publish());
    stable.behaviour = { kind: 'answer', latencyMs: 500 };
    const asked = stable.asked.length;
    const ids = names('under-way', 5);
    const answers = ids.map((id) => infer(router, id));
    await eventually(() => stable.asked.length === asked + 5);
    await Promise.all([router.stop(), ...answers.map(async (answer) => expect((await answer).status).toBe(200))]);
    await recorded(ids);
  });
});

describe('predictions asked for over Kafka', () => {
  let router: Running;
  beforeAll(async () => {
    router = await startReady();
    await inForce(
      router,
      await publish({
        slices: [buildSlice({ arms: { v1: 5_000, v2: 5_000 } })],
        capture: { request: false, response: false, maxBytes: 10, redact: [] },
      }),
    );
  });
  afterAll(() => router.stop());

  const ask = (
    id: string,
    some: Parameters<typeof buildPredictionRequested>[0] = {},
    headers: Record<string, string> = {},
  ) =>
    producer.send([
      { ...toRecord(predictionRequested, buildPredictionRequested({ predictionId: id, ...some })), headers },
    ]);

  it('are answered in the record, as they would be over HTTP, and copied to where the caller reads', async () => {
    const ids = names('kafka', 30);
    await Promise.all(ids.map((id) => ask(id, { unit: id, attributes: { region: 'eu' } }, { 'reply-to': replyTopic })));
    await recorded(ids);
    for (const { event } of eventsOf(ids)) {
      const http = await infer(router, `${event.predictionId}-http`, { 'x-weir-unit': event.unit ?? '' });
      expect(http.headers.get('x-weir-version')).toBe(event.arm);
      expect(event).toMatchObject({ status: 200, attributes: { region: 'eu' } });
      expect(event.capture?.response).toMatchObject({ kind: 'json', body: { outputs: [expect.anything()] } });
    }
    await eventuallyPasses(() =>
      expect(new Set(replies.map(({ predictionId }) => predictionId))).toEqual(new Set(ids)),
    );
    expect(replies[0]).toMatchObject({ status: 200, model: 'spam', response: { outputs: [expect.anything()] } });
  });

  it('reach the model digit for digit', async () => {
    const value = '{"predictionId":"digits","model":"spam","request": {"inputs":[{"data":[9007199254740993, 1.0]}]} }';
    await producer.send([{ topic: predictionRequested.topic, key: 'digits', value }]);
    await recorded(['digits']);
    const bodies = [...stable.asked, ...candidate.asked].map(({ body }) => body.toString());
    expect(bodies).toContain('{"inputs":[{"data":[9007199254740993, 1.0]}]}');
  });

  it('are recorded as timeouts, and not asked, once their deadline has passed', async () => {
    const asked = stable.asked.length + candidate.asked.length;
    await ask('too-late', { deadline: '2020-01-01T00:00:00.000Z' });
    await recorded(['too-late']);
    expect(eventsOf(['too-late'])[0]?.event).toMatchObject({ armStatus: 'timeout', status: 504 });
    expect(stable.asked.length + candidate.asked.length).toBe(asked);
  });

  it('that cannot be served go to the dead letters, with the reason, and hold up nobody', async () => {
    await ask('unknown', { model: 'nope' });
    await ask('hostile', {}, { 'reply-to': policyPublished.topic });
    await producer.send([{ topic: predictionRequested.topic, key: 'x', value: '{"predictionId":"x"' }]);
    await ask('after-them');
    await recorded(['after-them']);
    await eventually(() => dead.length >= 3, { timeoutMs: 20_000 });
    expect(JSON.stringify(dead.map(({ headers }) => headers))).toMatch(/unknown-model/);
    expect(JSON.stringify(dead.map(({ headers }) => headers))).toMatch(/reply-topic-refused/);
    expect(eventsOf(['unknown', 'hostile', 'x'])).toEqual([]);
  });
});

describe('without Kafka', () => {
  const away = { KAFKA_BROKERS: '127.0.0.1:1' };
  const keyed = { WEIR_PRODUCER_AUTH: 'required', WEIR_DATA_DIR: '', WEIR_ROUTER_ID: 'router-keys' };
  const { id, key, sha256 } = makeApiKey();
  const authorised = { authorization: `Bearer ${key}` };
  let alone: Running;
  let aloneWithKeys: Running;
  let empty: Running;

  beforeAll(async () => {
    keyed.WEIR_DATA_DIR = join(folder, 'keys');
    await producer.send([toRecord(keyPublished, buildKeyPublished({ id, sha256, role: 'producer' }))]);
    const wanted = await publish();
    const before = await Promise.all([startReady(), startReady(keyed)]);
    await Promise.all(before.map((router) => inForce(router, wanted)));
    await eventually(async () => (await infer(before[1], 'with-key', authorised)).status === 200);
    expect((await infer(before[1], 'without-key')).status).toBe(401);
    await Promise.all(before.map((router) => router.stop()));
    [alone, aloneWithKeys, empty] = await Promise.all([
      startReady(away),
      startReady({ ...keyed, ...away }),
      start({ ...away, WEIR_DATA_DIR: join(folder, 'empty'), WEIR_ROUTER_ID: 'router-empty' }),
    ]);
  }, 120_000);

  it('serves by the last known good policy and is ready', async () => {
    expect((await infer(alone, 'alone')).status).toBe(200);
    const stale = [expect.stringMatching(/^policy: served by/)];
    expect(await (await fetch(`${alone.url}/readyz`)).json()).toEqual({ ok: true, missing: [], warnings: stale });
    const metrics = await (await fetch(`${alone.url}/metrics`)).text();
    expect(metrics).toMatch(/weir_router_policy_stale\{model=".*\} 1/);
  });

  it('knows the keys that it knew', async () => {
    expect((await infer(aloneWithKeys, 'alone-with-key', authorised)).status).toBe(200);
    expect((await infer(aloneWithKeys, 'alone-without-key')).status).toBe(401);
  });

  it('is not ready when the disk holds nothing either, says what is missing, and lives', async () => {
    const response = await fetch(`${empty.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { ok: false, missing: [expect.stringContaining('policy: no policy yet')] },
    ]);
    expect((await fetch(`${empty.url}/v2/health/ready`)).status).toBe(503);
    expect((await fetch(`${empty.url}/livez`)).status).toBe(200);
  });

  it('keeps what it recorded, stops in time, and delivers once Kafka is back', async () => {
    const ids = names('outage', 20);
    for (const one of ids) expect((await infer(alone, one)).status).toBe(200);
    const startMs = performance.now();
    await Promise.all([alone.stop(), aloneWithKeys.stop(), empty.stop()]);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(eventsOf(ids)).toEqual([]);
    const back = await startReady();
    await recorded(ids);
    await eventually(() => applied.at(-1)?.models['spam']?.source === 'live');
    await back.stop();
  });
});
