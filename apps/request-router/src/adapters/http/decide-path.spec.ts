// decide and served over real sockets: what is answered, what is recorded, what is refused.
import { decideBody, predictionDecided, predictionReported } from '@weir/contracts';
import { createLogger } from '@weir/service';
import { buildPolicy, buildSlice } from '@weir/testing';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { DecidePrediction } from '../../decide-prediction';
import { DescribeModel } from '../../describe-model';
import { MemoryPredictionLog } from '../../memory-prediction-log';
import { type DecisionEntry, type DecisionLog } from '../../ports';
import { ReportServed } from '../../report-served';
import { RoutePrediction } from '../../route-prediction';
import { ServeModels } from '../../serve-models';
import { DecidePath } from './decide-path';
import { LivePath } from './live-path';
import { liveServer } from './live-server';
import { LoadGuard } from './load-guard';

const nowMs = Date.parse('2026-01-01T00:00:00.000Z');
const clock = { nowMs: () => nowMs, steadyMs: () => performance.now() };
const id = '01940000-0000-7000-8000-00000000000a';
const toCandidate = buildSlice({ arms: { v1: 0, v2: 10_000 } });

const nobody = { decided: () => undefined, reported: () => undefined };

class Recorded implements DecisionLog {
  readonly entries: DecisionEntry[] = [];
  readonly onDisk: DecisionEntry[] = [];
  record = (entry: DecisionEntry): void => void this.entries.push(entry);
  append = (entry: DecisionEntry): Promise<void> => Promise.resolve(void this.onDisk.push(entry));
}

interface Served {
  readonly durable?: boolean;
  readonly protocol?: 'open-inference' | 'raw';
}

let servers: Server[] = [];
let log: Recorded;
let readyInstance: string | undefined;

async function listen({ durable = false, protocol = 'open-inference' }: Served = {}) {
  const models = new ServeModels(() => ({
    ...{ size: 1, ready: true, serve: () => undefined, close: () => Promise.resolve() },
    problem: undefined,
    full: false,
    states: () => ({ ready: 1, unready: 0, open: 0 }),
    pick: () => readyInstance,
    call: () => Promise.reject(new Error('nobody is called')),
  }));
  models.accept(buildPolicy({ revision: 7, slices: [toCandidate], protocol, timeoutMs: 2_000 }), 'live');
  log = new Recorded();
  const named = { router: 'r', durable };
  const route = new RoutePrediction(models, new MemoryPredictionLog(), { predicted: () => undefined }, clock, named);
  const decide = new DecidePath(
    new DecidePrediction(models, log, nobody, clock, named),
    new ReportServed(models, log, nobody, clock, named),
    () => id,
  );
  const live = new LivePath(route, models, new DescribeModel(models), decide, clock, createLogger('spec', 'silent'), {
    ...{
      maxBodyBytes: 1_000,
      load: new LoadGuard({ maxInFlight: 10, maxHeldBytes: 1024 ** 2, maxLagMs: 1_000 }),
      patience: { readAnswerMs: 60_000, stallMs: 30_000 },
      shed: () => undefined,
      admit: undefined,
      newId: () => id,
    },
    ...{ ready: () => true, refused: () => undefined },
  });
  const server = liveServer(live)(() => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(`${url}/models/${path}`, {
      ...{ method, headers },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
}

beforeEach(() => (readyInstance = 'http://127.0.0.1:9302'));
afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  servers = [];
});

describe('decide', () => {
  it.each(['open-inference', 'raw'] as const)('says who serves, and where, and records it, %s', async (protocol) => {
    const call = await listen({ protocol });
    const response = await call('spam/decide', { unit: 'alice', attributes: { region: 'eu' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ predictionId: id, version: 'v2', instance: readyInstance, policy: 7 });
    expect(log.entries).toHaveLength(1);
    const [entry] = log.entries;
    expect(entry?.event).toMatchObject({
      ...{ predictionId: id, model: 'spam', arm: 'v2', unit: 'alice', attributes: { region: 'eu' }, router: 'r' },
      ...{ propensity: 1, assignment: 'unit', reason: 'weights', policyRevision: 7 },
      ...{ decidedAt: '2026-01-01T00:00:00.000Z', dueAt: '2026-01-01T00:01:02.000Z' },
    });
    expect(predictionDecided.decode(predictionDecided.encode(entry?.event as never))).toEqual(entry?.event);
  });

  it('takes what headers say of a prediction, and the body before them', async () => {
    const call = await listen();
    const headers = {
      ...{ 'x-weir-unit': 'bob', 'x-weir-attr-region': 'us', 'x-weir-attr-plan': 'free', 'x-weir-exclude': '1' },
      ...{ 'x-weir-prediction-id': 'mine', 'x-request-timeout-ms': '500' },
    };
    expect(await (await call('spam/decide', { attributes: { region: 'eu' } }, headers)).json()).toMatchObject({
      predictionId: 'mine',
    });
    expect(log.entries[0]?.event).toMatchObject({
      ...{ unit: 'bob', attributes: { region: 'eu', plan: 'free' }, excluded: true },
      dueAt: '2026-01-01T00:01:00.500Z',
    });
  });

  it('names no instance where the policy has none', async () => {
    readyInstance = undefined;
    expect(await (await (await listen())('spam/decide', {})).json()).toMatchObject({ version: 'v2', instance: null });
  });

  it('waits for the disk where records are durable', async () => {
    const call = await listen({ durable: true });
    await call('spam/decide', {});
    await call('spam/served', { predictionId: id, status: 200, latencyMs: 1 });
    expect(log.onDisk.map(({ kind }) => kind)).toEqual(['decided', 'reported']);
    expect(log.entries).toEqual([]);
  });
});

describe('served', () => {
  it('takes the report as it is, for the collector to join', async () => {
    const call = await listen();
    const response = await call('spam/served', { predictionId: id, status: 503, latencyMs: 12.5 });
    expect(response.status).toBe(202);
    const [entry] = log.entries;
    expect(entry?.event).toEqual({
      ...{ predictionId: id, model: 'spam', status: 503, latencyMs: 12.5, router: 'r' },
      reportedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(predictionReported.decode(predictionReported.encode(entry?.event as never))).toEqual(entry?.event);
  });
});

describe('what cannot be', () => {
  it.each([
    ['decide', { unit: '' }, 'unit'],
    ['decide', { unit: 1 }, 'unit'],
    ['decide', { attributes: { region: 1 } }, 'attributes.region'],
    [
      'decide',
      { attributes: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, 'x'.repeat(250)])) },
      'attributes',
    ],
    ['decide', { units: 'alice' }, 'units'],
    ['decide', 'not JSON', ''],
    ['decide', '', ''],
    ['decide', [], ''],
    ['served', { predictionId: id, status: 200 }, 'latencyMs'],
    ['served', { predictionId: id, status: 99, latencyMs: 1 }, 'status'],
    ['served', { predictionId: id, status: 200, latencyMs: -1 }, 'latencyMs'],
    ['served', { predictionId: id, status: 200, latencyMs: 3_600_001 }, 'latencyMs'],
    ['served', { predictionId: 'a b', status: 200, latencyMs: 1 }, 'predictionId'],
    ['served', { predictionId: id, status: 200, latencyMs: 1, version: 'v1' }, 'version'],
    ['served', { predictionId: id, status: 200, latencyMs: 1, arm: 'v1' }, 'arm'],
  ])('is a 400 that names the field: %s %j', async (verb, body, path) => {
    const response = await (await listen())(`spam/${verb}`, body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; details: { path: string }[] } };
    expect(error.code).toBe('invalid-body');
    expect(error.details.map((detail) => detail.path)).toContain(path);
    expect(log.entries).toEqual([]);
  });

  it.each([
    ['nobody/decide', {}, 404, 'not-found'],
    ['nobody/served', { predictionId: id, status: 200, latencyMs: 1 }, 404, 'not-found'],
    ['spam/decide', { unit: 'x'.repeat(70_000) }, 413, 'payload-too-large'],
  ])('is refused: %s', async (path, body, status, code) => {
    const response = await (await listen())(path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, details: [] } });
  });

  it.each(['decide', 'served'])('is another method than POST on %s', async (verb) => {
    const response = await (await listen())(`spam/${verb}`, undefined, {}, 'GET');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});

it('keeps the attributes of a decision within what a record may hold', () => {
  expect(decideBody.safeParse({ attributes: { a: 'x'.repeat(257) } }).success).toBe(false);
});
