// More predictions than the models, or the router itself, can answer: what can be done is done as quickly as before, the rest is refused.
import { type PolicyPublished } from '@weir/contracts';
import { setTimeout as pause } from 'node:timers/promises';
import { LoneRouter, type LoneRouterOptions } from './lone-router';
import { ModelOfCapacity, type CapacityOptions } from './model-of-capacity';
import { pin } from './pin';
import { Pour, pourFor, quantileMs, shareOf, statusesOf, type Drop } from './pour';

const mebibyte = 1024 ** 2;
const path = '/v2/models/spam/infer';
const warmMs = 3_000;
/** A question of so many, recorded whole: what callers on the one core left to them can send must be half as much again as is answered. */
const numbers = 512;
const capture = { request: true, response: true, maxBytes: 65_536, redact: [] };
const atOnce = 1_000;
const measuredMs = Number(process.env['WEIR_OVERLOAD_SECONDS'] ?? 12) * 1_000;

let router: LoneRouter;
let models: ModelOfCapacity[] = [];
const pours = new Set<Pour>();

/** Each version with a server of its own; half of the predictions meet the candidate. */
async function begin(versions: readonly string[], capacity: CapacityOptions, options: LoneRouterOptions) {
  models = await Promise.all(versions.map(() => ModelOfCapacity.start(capacity)));
  const declared: [string, PolicyPublished['versions'][string]][] = models.map(({ url }, at) => [
    versions[at] ?? '',
    { modelName: 'spam', instances: [{ url, state: 'in-service' as const }] },
  ]);
  router = await LoneRouter.start(Object.fromEntries(declared), 5_000, options);
}

afterEach(async () => {
  await Promise.all([...pours].map((pour) => pour.kill()));
  await router?.stop();
  await Promise.all(models.map((model) => model.stop()));
  pin(process.pid, 'all');
});

/** A rate for so long; only what was due after its first seconds counts. */
async function offer(ratePerSecond: number, ms = measuredMs): Promise<readonly Drop[]> {
  const drops = await pourFor(warmMs + ms, { port: router.port, path, ratePerSecond, connections: 3_000 });
  return within(drops, warmMs, warmMs + ms);
}

function within(drops: readonly Drop[], fromMs: number, toMs: number): readonly Drop[] {
  const startMs = drops[0]?.dueMs ?? NaN;
  return drops.filter(({ dueMs }) => dueMs - startMs >= fromMs && dueMs - startMs < toMs);
}

interface Overloaded {
  readonly during: readonly Drop[];
  /** What came later than five seconds after the load had fallen to half of the capacity. */
  readonly after: readonly Drop[];
  readonly mostBytes: number;
}

/** Half of the capacity flows all the time; for a while what is missing to so many times the capacity comes on top. */
async function overload(capacity: number, times: number, numbers = 1): Promise<Overloaded> {
  const callers = { port: router.port, path, connections: 1_500, kept: 1_500, numbers };
  const base = await Pour.start({ ...callers, ratePerSecond: capacity / 2 });
  pours.add(base);
  await pause(1_000);
  const more = await Pour.start({ ...callers, ratePerSecond: capacity * (times - 0.5) });
  pours.add(more);
  let mostBytes = 0;
  for (const endMs = performance.now() + warmMs + measuredMs; performance.now() < endMs; await pause(100))
    mostBytes = Math.max(mostBytes, router.residentBytes);
  const extra = await more.stop();
  await pause(8_000);
  const drops = await base.stop();
  pours.clear();
  const during = within(extra, warmMs, warmMs + measuredMs);
  const [fromMs, toMs] = [during[0]?.dueMs ?? NaN, during.at(-1)?.dueMs ?? NaN];
  return {
    during: [...during, ...drops.filter(({ dueMs }) => dueMs >= fromMs && dueMs <= toMs)],
    after: drops.filter(({ dueMs }) => dueMs > toMs + 5_000),
    mostBytes,
  };
}

function figuresOf(capacity: number, reference: readonly Drop[], { during, after, mostBytes }: Overloaded) {
  const accepted = during.filter(({ status }) => status === 200);
  const refused = during.filter(({ status }) => status === 503);
  return {
    capacityPerSecond: capacity,
    offeredPerSecond: during.length / (measuredMs / 1_000),
    goodputShare: accepted.length / (measuredMs / 1_000) / capacity,
    p99ReferenceMs: quantileMs(reference, 0.99),
    p50AcceptedMs: quantileMs(accepted, 0.5),
    p99AcceptedMs: quantileMs(accepted, 0.99),
    p99RefusedMs: quantileMs(refused, 0.99),
    statuses: statusesOf(during),
    answeredAfter: shareOf(after, 200),
    p99AfterMs: quantileMs(after, 0.99),
    mostMebibytes: mostBytes / mebibyte,
    generatorLateMs: quantileMs(
      during.map((drop) => ({ ...drop, tookMs: drop.lateMs })),
      0.99,
    ),
  };
}

function expectHeld(figures: ReturnType<typeof figuresOf>): void {
  expect(figures.goodputShare).toBeGreaterThanOrEqual(0.8);
  expect(figures.p99AcceptedMs).toBeLessThanOrEqual(2 * figures.p99ReferenceMs);
  expect(Object.keys(figures.statuses).sort()).toEqual(['200', '503']);
  expect(figures.answeredAfter).toBeGreaterThan(0.99);
  expect(figures.p99AfterMs).toBeLessThanOrEqual(2 * figures.p99ReferenceMs);
  expect(figures.mostMebibytes).toBeLessThan(512);
}

const told = (name: string, figures: object): void =>
  console.info(
    `figure ${name}: ${JSON.stringify(figures, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value))}`,
  );

it('overload-models: at 5 times what the models can do, they do all they can, as quickly as before', async () => {
  const [each, latencyMs] = [40, 200];
  await begin(['v1', 'v2'], { atOnce: each, latencyMs }, { env: { WEIR_MAX_PENDING: String(each * 1.5) } });
  const capacity = (2 * each * 1_000) / latencyMs;
  const reference = await offer(0.7 * capacity);
  expect(shareOf(reference, 200)).toBeGreaterThan(0.98);
  const overloaded = await overload(capacity, 5);
  const figures = figuresOf(capacity, reference, overloaded);
  told('overload-models', figures);
  expectHeld(figures);
  expect(await router.metric('weir_router_shed_total')).toBeGreaterThan(0);
});

it('overload-router: at one and a half times what the router itself can do, it does what it can, as quickly as before', async () => {
  const env = { WEIR_MAX_LAG_MS: process.env['WEIR_FAULTS_LAG_MS'] ?? '20' };
  // a core for the router and the others for callers and model: what gives out must be the router
  pin(process.pid, 'others');
  await begin(['v1'], { atOnce, latencyMs: 0 }, { env, capture });
  pin(router.pid, 'first');
  const reference = await atCapacity();
  const capacity = Math.round(reference.length / (measuredMs / 1_000));
  const overloaded = await overload(capacity, 1.5, numbers);
  const figures = figuresOf(capacity, reference, overloaded);
  told('overload-router', figures);
  expectHeld(figures);
});

/** What 64 callers get that each ask again at once. */
async function atCapacity(): Promise<readonly Drop[]> {
  const pour = await Pour.start({
    port: router.port,
    path,
    ratePerSecond: 1,
    connections: 64,
    isClosed: true,
    numbers,
  });
  pours.add(pour);
  await pause(2 * warmMs + measuredMs);
  const drops = await pour.stop();
  pours.clear();
  return within(drops, 2 * warmMs, 2 * warmMs + measuredMs).filter(({ status }) => status === 200);
}
