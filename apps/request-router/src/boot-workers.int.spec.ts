// A router of several processes against a real Kafka: one port, one policy, one word; a worker that dies; the end.
import { createProducer, ensureTopics, readCompacted, toRecord, type CompactedReader, type Producer } from '@weir/bus';
import { policyApplied, policyPublished, predictionServed, topicPlans, type PolicyApplied } from '@weir/contracts';
import { buildPolicy, eventually, ModelServer, required, topicPrefix } from '@weir/testing';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRouterOfTwo, type RouterOfTwo } from './router-of-two.fixture';

const brokers = required('KAFKA_BROKERS', process.env);
const prefix = topicPrefix('workers');
const bus = { brokers: brokers.split(','), clientId: 'spec', topicPrefix: prefix };
const patience = { timeoutMs: 90_000 };

let producer: Producer;
let model: ModelServer;
let folder: string;
let router: RouterOfTwo | undefined;
const served = new Set<string>();
const applied: PolicyApplied[] = [];
const readers: CompactedReader[] = [];

const policy = (revision: number) =>
  buildPolicy({
    model: 'spam',
    revision,
    timeoutMs: 30_000,
    versions: { v1: { modelName: 'spam', instances: [{ url: model.url, state: 'in-service' }] } },
    stable: 'v1',
    slices: [],
  });
const publish = (revision: number) => producer.send([toRecord(policyPublished, policy(revision))]);
const announced = (revision: number) =>
  eventually(() => applied.find(({ models }) => models['spam']?.revision === revision), patience);

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line.startsWith(name));
  return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** A connection for each call, so that they fall to both workers. */
const ask = (url: string, id: string) =>
  fetch(`${url}/v2/models/spam/infer`, {
    method: 'POST',
    body: '{"inputs":[]}',
    headers: { 'x-weir-prediction-id': id, connection: 'close' },
  }).then(async (response) => (await response.arrayBuffer(), response.status));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-workers-'));
  model = await ModelServer.start({ name: 'one' });
  producer = createProducer(bus);
  await ensureTopics(bus, topicPlans);
  readers.push(await readCompacted(bus, predictionServed, (event) => event && served.add(event.predictionId)));
  readers.push(await readCompacted(bus, policyApplied, (event) => event && applied.push(event)));
  await publish(1);
});
afterAll(async () => {
  const left = router?.process;
  if (left?.exitCode === null && left.signalCode === null) left.kill('SIGKILL');
  await Promise.all(readers.map((reader) => reader.close()));
  await producer.close();
  await model.stop();
  await rm(folder, { recursive: true, force: true });
});

it('serves behind one port as one router, fills the place of a worker that was killed, and ends in order', async () => {
  router = await startRouterOfTwo({ brokers, prefix, dataDir: join(folder, 'data') }, patience.timeoutMs);
  const { url, lines } = router;
  await eventually(async () => (await metric(url, 'weir_router_workers_serving')) === 2, patience);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ok: true, missing: [] });
  expect((await announced(1)).router).toBe('router-of-two');
  await publish(2);
  await announced(2);

  const ids = Array.from({ length: 60 }, (_, index) => `first-${index}`);
  expect(new Set(await Promise.all(ids.map((id) => ask(url, id))))).toEqual(new Set([200]));
  expect(await metric(url, 'weir_router_predictions_total')).toBe(60);
  await eventually(() => ids.every((id) => served.has(id)), patience);
  expect((await readdir(join(folder, 'data', 'journal'))).length).toBe(2);

  const victim = lines.findLast(({ worker, msg }) => worker === 1 && msg === 'started')?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await eventually(() => lines.some(({ msg }) => msg === 'a worker has ended and is started again'), patience);
  expect(await ask(url, 'meanwhile')).toBe(200);
  expect(await metric(url, 'weir_router_predictions_total')).toBe(61); // what the dead had counted is kept
  await eventually(async () => (await metric(url, 'weir_router_workers_serving')) === 2, patience);
  expect(await metric(url, 'weir_router_worker_restarts_total')).toBe(1);
  await publish(3);
  await announced(3);
  const revisions = applied.flatMap(({ models }) => models['spam']?.revision ?? []);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));

  model.behaviour = { kind: 'answer', latencyMs: 500 };
  const asked = model.asked.length;
  const last = ['last-1', 'last-2', 'last-3', 'last-4'];
  const answers = last.map((id) => ask(url, id));
  await eventually(() => model.asked.length === asked + 4, patience);
  const startedMs = performance.now();
  const ended = router.end();
  expect(await Promise.all(answers)).toEqual([200, 200, 200, 200]);
  expect([await ended, performance.now() - startedMs < 20_000]).toEqual([0, true]);
  await eventually(() => applied.at(-1)?.state === 'stopping', patience);
  await eventually(() => [...last, 'meanwhile'].every((id) => served.has(id)), patience);
  expect(await readdir(join(folder, 'data', 'journal'))).toEqual([]);
}, 240_000);
