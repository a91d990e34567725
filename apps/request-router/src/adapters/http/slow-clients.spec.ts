// Callers that send or read slowly, many idle ones, and more load than there is room for: the others do not notice. Full size: npm run faults.
import { EgressPolicy, UndiciModelServer, VersionServers } from '@weir/open-inference';
import { createLogger } from '@weir/service';
import { buildPolicy, eventually, ModelServer } from '@weir/testing';
import { type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { DescribeModel } from '../../describe-model';
import { MemoryPredictionLog } from '../../memory-prediction-log';
import { RoutePrediction } from '../../route-prediction';
import { ServeModels } from '../../serve-models';
import { LivePath, type LivePathOptions } from './live-path';
import { liveServer } from './live-server';
import { LoadGuard, type LoadLimits, type ShedReason } from './load-guard';

const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
const egress = new EgressPolicy({ allowLoopback: true });
const mebibyte = 1024 ** 2;

let model: ModelServer;
let models: ServeModels;
let server: Server | undefined;
let port = 0;
let load: LoadGuard;
const shed: ShedReason[] = [];
const sockets = new Set<Socket>();

async function listen(
  limits: Partial<LoadLimits> = {},
  { patience, http = {} }: { patience?: LivePathOptions['patience']; http?: Parameters<typeof liveServer>[1] } = {},
): Promise<void> {
  load = new LoadGuard({ maxInFlight: 100, maxHeldBytes: 8 * mebibyte, maxLagMs: 1_000, ...limits });
  const observer = { predicted: () => undefined };
  const named = { router: 'r', durable: false };
  const route = new RoutePrediction(models, new MemoryPredictionLog(), observer, clock, named);
  const nothing = { handle: () => Promise.reject(new Error('not asked here')) };
  const live = new LivePath(route, models, new DescribeModel(models), nothing, clock, createLogger('spec', 'silent'), {
    ...{ maxBodyBytes: 4 * mebibyte, load, admit: undefined, newId: () => 'p', ready: () => true },
    ...{ refused: () => undefined, shed: (reason) => shed.push(reason) },
    patience: patience ?? { readAnswerMs: 60_000, stallMs: 60_000 },
  });
  server = liveServer(live, http)(() => undefined);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
}

/** A connection that does only what a spec says. */
async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.add(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

const head = (length: number, path = '/v2/models/spam/infer'): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

const infer = (body = '{"inputs":[]}') =>
  fetch(`http://127.0.0.1:${port}/v2/models/spam/infer`, { method: 'POST', body });

beforeAll(async () => {
  model = await ModelServer.start();
});
afterAll(() => model.stop());
beforeEach(() => {
  shed.length = 0;
  model.behaviour = { kind: 'answer' };
  models = new ServeModels(
    ({ server: named }) =>
      new VersionServers(named, {
        open: (url) => new UndiciModelServer(url, { egress, maxResponseBytes: 64 * mebibyte }),
      }),
  );
  const versions = { v1: { modelName: 'spam', instances: [{ url: model.url, state: 'in-service' as const }] } };
  models.accept(buildPolicy({ revision: 1, versions, slices: [], stable: 'v1', timeoutMs: 60_000 }), 'live');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await models.close();
});

describe('callers that send slowly', () => {
  it('take no place among the predictions, and neither do idle connections', async () => {
    await listen({ maxInFlight: 2 });
    const slow = await Promise.all(Array.from({ length: 50 }, open));
    for (const socket of slow.slice(0, 25)) socket.write(`${head(1_000)}{`);
    await eventually(() => load.heldBytes === 25);
    expect((await infer()).status).toBe(200);
    for (const socket of slow) socket.destroy();
    await eventually(() => load.heldBytes === 0);
  });

  it('are let go of when their head or their body takes too long', async () => {
    await listen({}, { http: { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 } });
    const [heading, sending] = [await open(), await open()];
    const said = ['', ''];
    heading.on('data', (data) => (said[0] += data.toString())).write('POST /v2/models/spam/infer HTTP/1.1\r\nhost');
    sending.on('data', (data) => (said[1] += data.toString())).write(`${head(100)}{`);
    await Promise.all([heading, sending].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    expect(said.map((text) => text.slice(9, 12))).toEqual(['408', '408']);
    expect(load.heldBytes).toBe(0);
  });
});

describe('callers that read slowly', () => {
  it('are let go of, and what was held for them is free again', async () => {
    await listen({ maxHeldBytes: 64 * mebibyte }, { patience: { readAnswerMs: 200, stallMs: 200 } });
    const held: number[] = [];
    const holdAnyhow = load.holdAnyhow.bind(load);
    load.holdAnyhow = (bytes) => {
      held.push(bytes);
      holdAnyhow(bytes);
    };
    model.behaviour = { kind: 'answer', body: { outputs: ['x'.repeat(32 * mebibyte)] } };
    const socket = await open();
    socket.pause();
    socket.write(`${head(2)}{}`);
    await eventually(() => held.length === 1 && load.heldBytes === 0);
    expect(held[0]).toBeGreaterThan(32 * mebibyte);
    model.behaviour = { kind: 'answer' };
    expect((await infer()).status).toBe(200);
  });
});

describe('callers that do not read at all', () => {
  it('lose the oldest answers when others need the room', async () => {
    await listen({ maxHeldBytes: 67 * mebibyte });
    model.behaviour = { kind: 'answer', body: { outputs: ['x'.repeat(32 * mebibyte)] } };
    const deaf = await Promise.all([open(), open()]);
    for (const [at, socket] of deaf.entries()) {
      socket.pause();
      socket.write(`${head(2)}{}`);
      await eventually(() => load.heldBytes > 32 * mebibyte * (at + 1));
    }
    model.behaviour = { kind: 'answer' };
    const question = 'x'.repeat(3.5 * mebibyte);
    // not before the oldest is a second old
    await eventually(async () => (await infer(question)).status === 200);
    expect(load.heldBytes).toBeGreaterThan(32 * mebibyte);
    expect(load.heldBytes).toBeLessThan(34 * mebibyte);
  });
});

describe('more than there is room for', () => {
  const refused = (response: Response) => [response.status, response.headers.get('retry-after')];

  it('of bytes is refused with Retry-After, and taken again when there is room', async () => {
    await listen({ maxHeldBytes: mebibyte });
    const slow = await open();
    slow.write(head(mebibyte) + 'x'.repeat(mebibyte - 10));
    await eventually(() => load.heldBytes === mebibyte - 10);
    expect(refused(await infer('x'.repeat(100)))).toEqual([503, '1']);
    expect(shed).toEqual(['bytes']);
    slow.destroy();
    await eventually(() => load.heldBytes === 0);
    expect((await infer()).status).toBe(200);
  });

  it('of work for the event loop is refused in part, and taken again when the loop is in time', async () => {
    await listen({ maxLagMs: 20 });
    load.start();
    const busy = setInterval(() => {
      for (let calls = 0; calls < 100; calls++) load.refusal(); // as many as came meanwhile
      const untilMs = performance.now() + 150;
      while (performance.now() < untilMs);
    }, 1);
    await eventually(() => load.shedShare > 0.9, { timeoutMs: 60_000 });
    clearInterval(busy);
    const responses = await Promise.all(Array.from({ length: 40 }, () => infer()));
    const refusals = responses.filter(({ status }) => status === 503);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    expect(new Set(shed)).toEqual(new Set(['lag']));
    expect((await fetch(`http://127.0.0.1:${port}/v2/health/live`)).status).toBe(200);
    await eventually(() => load.shedShare === 0, { timeoutMs: 60_000 });
    expect((await infer()).status).toBe(200);
    load.stop();
  }, 120_000);

  it('says so in the words of the path', async () => {
    await listen({ maxInFlight: 0 });
    expect(await (await infer()).json()).toEqual({ error: 'overloaded' });
    const raw = await fetch(`http://127.0.0.1:${port}/models/spam/decide`, { method: 'POST', body: '{}' });
    expect(await raw.json()).toMatchObject({ error: { code: 'overloaded' } });
  });
});
