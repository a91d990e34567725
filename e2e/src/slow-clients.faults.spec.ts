// Ten thousand idle connections and a thousand slow callers: the others do not notice, memory stays bounded, and the slow ones are let go of.
import { buildPolicy, ModelServer } from '@weir/testing';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { LoneRouter } from './lone-router';
import { ModelOfCapacity } from './model-of-capacity';
import { Pour, quantileMs, statusesOf, type Drop } from './pour';
import { SlowClients } from './slow-clients';

const mebibyte = 1024 ** 2;
const idle = Number(process.env['WEIR_IDLE'] ?? 10_000);
const each = Number(process.env['WEIR_SLOW'] ?? 1_000) / 4;
const ratePerSecond = 200;
/** When the last of each kind must be gone: what is declared, and the five seconds between two looks. Whoever reads nothing does not see it. */
const byMs: Readonly<Record<string, number>> = { head: 15_000, body: 35_000, idle: 80_000 };
const busyMs = 10_000;
/** Connections to model servers, and of whoever looks. */
const few = 50;

let model: ModelOfCapacity;
let large: ModelServer;
let endless: Server;
let router: LoneRouter;
let slow: SlowClients | undefined;
let pour: Pour | undefined;

const versionsOf = (url: string) => ({ v1: { modelName: 'spam', instances: [{ url, state: 'in-service' as const }] } });
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeEach(async () => {
  model = await ModelOfCapacity.start({ atOnce: 1_000, latencyMs: 5 });
  large = await ModelServer.start();
  large.behaviour = { kind: 'answer', body: { outputs: ['x'.repeat(mebibyte / 4)] } };
  endless = createServer((_, response) => babble(response.writeHead(200))).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  const others = [
    buildPolicy({ model: 'large', versions: versionsOf(large.url), slices: [] }),
    buildPolicy({
      ...{ model: 'endless', protocol: 'raw', versions: versionsOf(urlOf(endless)), slices: [], timeoutMs: 120_000 },
    }),
  ];
  const env = { WEIR_MAX_PENDING: '1000', WEIR_MAX_CONNECTIONS: '500' };
  router = await LoneRouter.start(versionsOf(model.url), 5_000, { others, env });
});
afterEach(async () => {
  await Promise.all([pour?.kill(), slow?.stop()]);
  await router?.stop();
  endless.closeAllConnections();
  endless.close();
  await Promise.all([model.stop(), large.stop()]);
});

/** 200 KB a second, as long as they are read. */
function babble(response: ServerResponse): void {
  if (response.destroyed) return;
  const more = () => setTimeout(() => babble(response), 100);
  if (response.write('x'.repeat(20_000))) more();
  else response.once('drain', more);
}

it('slow-clients: 10,000 idle connections and 1,000 slow callers cost the others nothing and are let go of in time', async () => {
  pour = await Pour.start({
    port: router.port,
    path: '/v2/models/spam/infer',
    ratePerSecond,
    connections: 200,
    kept: 50,
  });
  await pause(3_000);
  const fromMs = performance.timeOrigin + performance.now();
  await pause(15_000);
  const toMs = performance.timeOrigin + performance.now();
  const before = { bytes: router.residentBytes, descriptors: router.descriptors, toMs };
  slow = await SlowClients.start({
    ...{ port: router.port, idle, each },
    ...{ inferPath: '/v2/models/spam/infer', largePath: '/v2/models/large/infer', rawPath: '/models/endless/talk' },
  });
  const connectedMs = performance.timeOrigin + performance.now();
  console.info(`connected in ${Math.round(connectedMs - before.toMs)} ms: ${JSON.stringify(slow.atFirst.open)}`);
  let mostBytes = 0;
  let descriptors = router.descriptors;
  const most = descriptors;
  let left = await slow.count();
  for (const endMs = performance.now() + 80_000 + busyMs; performance.now() < endMs; left = await slow.count()) {
    mostBytes = Math.max(mostBytes, router.residentBytes);
    descriptors = router.descriptors;
    if (descriptors <= before.descriptors + few) break;
    await pause(500);
  }
  const drops = await pour.stop();
  const quiet = drops.filter(({ dueMs }) => dueMs >= fromMs && dueMs < before.toMs);
  const connecting = drops.filter(({ dueMs }) => dueMs >= before.toMs && dueMs < connectedMs);
  const beside = drops.filter(({ dueMs }) => dueMs >= connectedMs);
  const p = (some: readonly Drop[]) => [0.5, 0.99].map((q) => Number(quantileMs(some, q).toFixed(1)));
  const figures = {
    connected: slow.atFirst.open,
    left: Object.fromEntries(Object.keys(byMs).map((kind) => [kind, left.open[kind]])),
    lastedMs: Object.fromEntries(Object.entries(left.lastedMs).map(([kind, ms]) => [kind, Math.round(ms)])),
    descriptors: { before: before.descriptors, most, after: descriptors },
    statuses: statusesOf(drops),
    p99OfEach5sMs: Array.from(
      { length: 20 },
      (_, at) => p(beside.filter(({ dueMs }) => Math.floor((dueMs - connectedMs) / 5_000) === at))[1],
    ),
    p50And99Ms: { before: p(quiet), connecting: p(connecting), during: p(beside) },
    mebibytes: { before: Math.round(before.bytes / mebibyte), most: Math.round(mostBytes / mebibyte) },
  };
  console.info(`figure slow-clients: ${JSON.stringify(figures)}`);
  expect(slow.atFirst.open['idle']).toBe(idle);
  expect(figures.statuses).toEqual({ 200: drops.length });
  expect(quantileMs(beside, 0.99)).toBeLessThan(Math.max(50, 3 * quantileMs(quiet, 0.99)));
  expect(figures.mebibytes.most).toBeLessThan(512);
  expect(figures.descriptors.after).toBeLessThanOrEqual(before.descriptors + few);
  for (const [kind, ms] of Object.entries(byMs)) {
    expect([kind, left.open[kind]]).toEqual([kind, 0]);
    expect([kind, (left.lastedMs[kind] ?? Infinity) < ms + busyMs]).toEqual([kind, true]);
  }
});
