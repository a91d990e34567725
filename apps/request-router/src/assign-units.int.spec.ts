// Who meets what, over HTTP, on a router of two workers against a real Kafka, told before and after it was started again.
import { createProducer, ensureTopics, readCompacted, toRecord, type CompactedReader, type Producer } from '@weir/bus';
import {
  policyApplied,
  policyPublished,
  predictionServed,
  topicPlans,
  type PolicyPublished,
  type PredictionServed,
} from '@weir/contracts';
import { buildPolicy, buildSlice, eventually, ModelServer, required, topicPrefix } from '@weir/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRouterOfTwo, type RouterOfTwo } from './router-of-two.fixture';

const brokers = required('KAFKA_BROKERS', process.env);
const prefix = topicPrefix('assign');
const bus = { brokers: brokers.split(','), clientId: 'spec', topicPrefix: prefix };
const patience = { timeoutMs: 90_000 };

const unitNumbers = Array.from({ length: 300 }, (_, number) => number);
const unitOf = (number: number): string => `visitor-${number}`;
const regionOf = (number: number): string => ['eu', 'us', 'apac'][number % 3] ?? '';
const appOf = (number: number): string => (number % 2 === 0 ? '2.1' : '1.9');
const testers = unitNumbers.filter((number) => number % 5 === 0).map(unitOf);

/** Two experiments on one model, one of them for two regions; a lasting target, a holdout and an override. */
const shop: Partial<PolicyPublished> = {
  model: 'shop',
  salt: 'shop-salt',
  slices: [
    { ...half('r-ads', 'ab'), from: 0, to: 4_000 },
    { ...half('r-price', 'canary', 'v3'), from: 4_000, to: 9_000, when: { region: ['eu', 'us'] } },
  ],
  holdoutBps: 1_000,
  targets: [{ when: { unit: { list: 'testers' }, region: 'apac' }, version: 'v3' }],
  lists: { testers },
  overrides: { 'qa-alice': 'v3', 'visitor-7': 'v2' },
};
const film: Partial<PolicyPublished> = {
  model: 'film',
  salt: 'film-salt',
  slices: [{ ...half('r-film', 'bandit'), when: { app: { prefix: '2.' } } }],
};
const song: Partial<PolicyPublished> = {
  model: 'song',
  salt: 'song-salt',
  slices: [{ ...half('r-song', 'ab'), when: { unit: { list: 'testers' } } }],
  lists: { testers },
};
const models = [shop, film, song];

function half(rollout: string, kind: 'ab' | 'canary' | 'bandit', other = 'v2') {
  const arms = { v1: 5_000, [other]: 5_000 };
  return buildSlice({ rollout, name: rollout, kind, salt: `${rollout}-salt`, arms });
}

let producer: Producer;
let server: ModelServer;
let folder: string;
let router: RouterOfTwo | undefined;
let revision = 0;
const served = new Map<string, PredictionServed>();
const applied: Record<string, { readonly revision: number }>[] = [];
const readers: CompactedReader[] = [];
const asked: string[] = [];

/** A connection for each call, so that they fall to both workers. The version that answered. */
async function ask(model: string, unit: string, attributes: Record<string, string> = {}, exclude = false) {
  const id = `p-${asked.length}`;
  asked.push(id);
  const headers: Record<string, string> = { 'x-weir-prediction-id': id, 'x-weir-unit': unit, connection: 'close' };
  for (const [name, value] of Object.entries(attributes)) headers[`x-weir-attr-${name}`] = value;
  if (exclude) headers['x-weir-exclude'] = '1';
  const url = `${router?.url}/v2/models/${model}/infer`;
  const response = await fetch(url, { method: 'POST', body: '{"inputs":[]}', headers });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  return { id, version: response.headers.get('x-weir-version') };
}

async function askForAll(): Promise<void> {
  for (const { model = '' } of models)
    for (let from = 0; from < unitNumbers.length; from += 20)
      await Promise.all(
        unitNumbers
          .slice(from, from + 20)
          .map((number) => ask(model, unitOf(number), { region: regionOf(number), app: appOf(number) })),
      );
}

async function publish(): Promise<void> {
  revision += 1;
  const at = { modelName: 'any', instances: [{ url: server.url, state: 'in-service' as const }] };
  const versions = { v1: at, v2: at, v3: at };
  const policies = models.map((some) => buildPolicy({ revision, timeoutMs: 30_000, versions, ...some }));
  await producer.send(policies.map((policy) => toRecord(policyPublished, policy)));
  await inForce();
}

async function inForce(): Promise<void> {
  const inAll = (told: Record<string, { readonly revision: number }>): boolean =>
    models.every(({ model = '' }) => told[model]?.revision === revision);
  await eventually(() => applied.some(inAll), patience);
}

async function begin(): Promise<void> {
  applied.length = 0;
  router = await startRouterOfTwo({ brokers, prefix, dataDir: join(folder, 'data') }, patience.timeoutMs);
}

const recorded = () => eventually(() => asked.every((id) => served.has(id)), patience);
const eventsOf = (model: string) => [...served.values()].filter((event) => event.model === model);
const numberOf = ({ unit = '' }: PredictionServed): number => Number(unit.replace('visitor-', ''));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-assign-'));
  server = await ModelServer.start({ name: 'any' });
  producer = createProducer(bus);
  await ensureTopics(bus, topicPlans);
  readers.push(await readCompacted(bus, predictionServed, (event) => event && served.set(event.predictionId, event)));
  readers.push(await readCompacted(bus, policyApplied, (event) => event && applied.push(event.models)));
  await begin();
  await publish();
  await askForAll();
  // a new document with the same weights, and new processes: nobody moves
  await publish();
  expect(await router?.end()).toBe(0);
  await begin();
  await inForce();
  await askForAll();
  await recorded();
}, 240_000);
afterAll(async () => {
  if (router?.process.exitCode === null && router.process.signalCode === null) router.process.kill('SIGKILL');
  await Promise.all(readers.map((reader) => reader.close()));
  await producer.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

it('shows a unit one arm of a model, whichever worker it comes to, and after a restart', () => {
  for (const { model = '' } of models) {
    const seen = new Map<string, Set<string>>();
    for (const { unit = '', arm } of eventsOf(model)) seen.set(unit, (seen.get(unit) ?? new Set()).add(arm));
    expect(seen.size).toBe(unitNumbers.length);
    expect([...seen].filter(([, arms]) => arms.size > 1)).toEqual([]);
  }
});

it('has no unit in two experiments of one model, and none of the holdout in any', () => {
  const drawn = eventsOf('shop').filter(({ reason }) => reason === 'weights');
  const [ads, price] = ['r-ads', 'r-price'].map(
    (name) => new Set(drawn.filter(({ rollout }) => rollout === name).map(({ unit }) => unit)),
  );
  expect([...(ads ?? [])].filter((unit) => price?.has(unit))).toEqual([]);
  // 40 % of all but the testers' target; two regions of half of all: within 4 standard errors
  expect(Math.abs((ads?.size ?? 0) - 300 * 0.4 * (14 / 15))).toBeLessThan(35);
  expect(Math.abs((price?.size ?? 0) - 300 * 0.5 * (2 / 3))).toBeLessThan(35);
  const held = new Set(
    eventsOf('shop')
      .filter(({ reason }) => reason === 'no-rollout')
      .map(({ unit }) => unit),
  );
  expect(Math.abs(held.size - 30)).toBeLessThan(21);
  for (const { unit, arm } of eventsOf('shop'))
    if (held.has(unit)) expect(arm === 'v1' || testers.includes(unit ?? '')).toBe(true);
});

it('keeps arms of two models independent', () => {
  const armsIn = (model: string, rollout: string) =>
    new Map(
      eventsOf(model)
        .filter((event) => event.rollout === rollout && event.reason === 'weights')
        .map(({ unit = '', arm }) => [unit, arm]),
    );
  const [ads, films] = [armsIn('shop', 'r-ads'), armsIn('film', 'r-film')];
  const cells = { v1v1: 0, v1v2: 0, v2v1: 0, v2v2: 0 };
  for (const [unit, arm] of ads) {
    const other = films.get(unit);
    if (other) cells[`${arm}${other}` as keyof typeof cells] += 1;
  }
  const { v1v1, v1v2, v2v1, v2v2 } = cells;
  const n = v1v1 + v1v2 + v2v1 + v2v2;
  expect(n).toBeGreaterThan(40);
  const margins = (v1v1 + v1v2) * (v2v1 + v2v2) * (v1v1 + v2v1) * (v1v2 + v2v2);
  // chi-square of one degree of freedom, p = 0.001
  expect((n * (v1v1 * v2v2 - v1v2 * v2v1) ** 2) / margins).toBeLessThan(10.83);
});

it('lets into a rollout whom its `when` fits, by attributes and by lists, on canary, bandit and ab', () => {
  const price = eventsOf('shop').filter(({ rollout, reason }) => rollout === 'r-price' && reason === 'weights');
  expect(new Set(price.map((event) => regionOf(numberOf(event))))).toEqual(new Set(['eu', 'us']));
  expect(new Set(price.map(({ arm }) => arm))).toEqual(new Set(['v1', 'v3']));
  for (const event of eventsOf('film')) {
    const fits = numberOf(event) % 2 === 0;
    expect([event.reason, fits || event.arm === 'v1']).toEqual([fits ? 'weights' : 'not-eligible', true]);
  }
  for (const event of eventsOf('song')) {
    const fits = testers.includes(event.unit ?? '');
    expect([event.reason, fits || event.arm === 'v1']).toEqual([fits ? 'weights' : 'not-eligible', true]);
  }
});

it('gives a segment its lasting target without an experiment, before a rollout for everybody', () => {
  const aimed = eventsOf('shop').filter(
    (event) => testers.includes(event.unit ?? '') && regionOf(numberOf(event)) === 'apac',
  );
  expect(aimed.length).toBeGreaterThan(30);
  for (const { arm, reason } of aimed) expect([arm, reason]).toEqual(['v3', 'target']);
  expect(eventsOf('shop').filter(({ reason }) => reason === 'target').length).toBe(aimed.length);
});

it('gives overridden units their version as pinned, and marks what is to be excluded without another decision', async () => {
  const alice = await ask('shop', 'qa-alice');
  const plain = new Map(eventsOf('film').map(({ unit, arm }) => [unit, arm]));
  const excluded = await Promise.all(
    unitNumbers.slice(0, 10).map(async (number) => {
      const { id, version } = await ask('film', unitOf(number), { app: appOf(number) }, true);
      return { id, same: version === plain.get(unitOf(number)) };
    }),
  );
  await recorded();
  expect([alice.version, served.get(alice.id)]).toMatchObject(['v3', { arm: 'v3', reason: 'pinned' }]);
  const seventh = eventsOf('shop').filter(({ unit }) => unit === 'visitor-7');
  expect(seventh.map(({ arm, reason }) => [arm, reason])).toEqual(seventh.map(() => ['v2', 'pinned']));
  for (const { id, same } of excluded) expect([same, served.get(id)?.excluded]).toEqual([true, true]);
  expect(eventsOf('song').some(({ excluded: marked }) => marked === true)).toBe(false);
});
