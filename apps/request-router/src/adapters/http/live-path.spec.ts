// The Open Inference Protocol over real sockets: statuses, headers, bytes, keys, limits.
import { EgressPolicy, UndiciModelServer, VersionServers } from '@weir/open-inference';
import { createLogger, makeApiKey, MemoryKeyRing } from '@weir/service';
import { buildPolicy, buildSlice, eventually, ModelServer } from '@weir/testing';
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DescribeModel } from '../../describe-model';
import { MemoryPredictionLog } from '../../memory-prediction-log';
import { RoutePrediction } from '../../route-prediction';
import { ServeModels } from '../../serve-models';
import { admitProducers } from './admit-producer';
import { LivePath, type LivePathOptions } from './live-path';
import { liveServer } from './live-server';
import { LoadGuard } from './load-guard';

const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
const logger = createLogger('spec', 'silent');
const egress = new EgressPolicy({ allowLoopback: true });
const maxBodyBytes = 100_000;

const noDecisions = { handle: () => Promise.reject(new Error('not asked here')) };

let stable: ModelServer;
let candidate: ModelServer;
let models: ServeModels;
let log: MemoryPredictionLog;
let server: Server;
let url: string;
let ready = true;
let revision = 0;

async function listen(some: Partial<LivePathOptions> = {}): Promise<string> {
  server?.closeAllConnections();
  server?.close();
  const route = new RoutePrediction(models, log, { predicted: () => undefined }, clock, {
    router: 'r',
    durable: false,
  });
  const options: LivePathOptions = {
    maxBodyBytes,
    load: new LoadGuard({ maxInFlight: 100, maxHeldBytes: 1024 ** 2, maxLagMs: 1_000 }),
    patience: { readAnswerMs: 60_000, stallMs: 30_000 },
    shed: () => undefined,
    admit: undefined,
    ready: () => ready,
    newId: () => `01940000-0000-7000-8000-${String(++given).padStart(12, '0')}`,
    refused: () => undefined,
    ...some,
  };
  const live = new LivePath(route, models, new DescribeModel(models), noDecisions, clock, logger, options);
  server = liveServer(live)((_, response) => response.writeHead(418).end('nest'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

let given = 0;

function publish(some: Parameters<typeof buildPolicy>[0] = {}): void {
  const version = (instance: ModelServer, modelName: string) => ({
    modelName,
    instances: [{ url: instance.url, state: 'in-service' as const }],
  });
  const versions = { v1: version(stable, 'spam'), v2: version(candidate, 'spam-v2') };
  models.accept(buildPolicy({ revision: ++revision, versions, ...some }), 'live');
}

const toCandidate = [buildSlice({ arms: { v1: 0, v2: 10_000 } })];

beforeAll(async () => {
  [stable, candidate] = await Promise.all([ModelServer.start({ name: 'one' }), ModelServer.start({ name: 'two' })]);
});
beforeEach(async () => {
  models = new ServeModels(
    ({ server }) =>
      new VersionServers(server, { open: (to) => new UndiciModelServer(to, { egress, maxResponseBytes: 200_000 }) }),
  );
  log = new MemoryPredictionLog();
  ready = true;
  for (const model of [stable, candidate]) {
    model.behaviour = { kind: 'answer' };
    model.asked.length = 0;
  }
  publish();
  await listen();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await models.close();
});
afterAll(() => Promise.all([stable.stop(), candidate.stop()]));

const infer = (
  headers: Record<string, string> = {},
  body: string | Buffer = '{"inputs":[]}',
  path = '/v2/models/spam/infer',
) => fetch(url + path, { method: 'POST', headers, body });

describe('POST infer', () => {
  it("answers with the server's bytes and says who answered, by which policy", async () => {
    const response = await infer({ 'x-weir-unit': 'u', 'content-type': 'application/json' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ model_name: 'one' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-weir-prediction-id': expect.stringMatching(/^01940000-0000-7000-8000-0/) as string,
      'x-weir-version': 'v1',
      'x-weir-policy': String(revision),
      'content-type': 'application/json',
    });
    expect(response.headers.get('x-weir-assigned')).toBeNull();
    expect(stable.asked[0]).toMatchObject({ path: '/v2/models/spam/infer', body: Buffer.from('{"inputs":[]}') });
    expect(stable.asked[0]?.headers).not.toHaveProperty('x-weir-unit');
  });

  it('says who was assigned where a fallback answered instead of it', async () => {
    publish({ slices: toCandidate });
    candidate.behaviour = { kind: 'answer', status: 500 };
    const response = await infer();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-weir-version')).toBe('v1');
    expect(response.headers.get('x-weir-assigned')).toBe('v2');
    expect(candidate.asked[0]?.path).toBe('/v2/models/spam-v2/infer');
    expect(log.events).toEqual([
      expect.objectContaining({ arm: 'v2', armStatus: 'error', armHttpStatus: 500, fallback: true, answeredBy: 'v1' }),
    ]);
  });

  it.each([['hang'], ['garbage'], ['reset'], ['truncate']] as const)(
    'answers by stable when the candidate does this: %s',
    async (kind) => {
      publish({ slices: toCandidate, timeoutMs: 1_000 });
      candidate.behaviour = { kind };
      const response = await infer();
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ model_name: 'one' });
      expect(log.events).toEqual([
        expect.objectContaining({
          arm: 'v2',
          armStatus: kind === 'hang' ? 'timeout' : 'error',
          fallback: true,
          status: 200,
        }),
      ]);
    },
  );

  it('answers by stable when the candidate drips, and when it is dead', async () => {
    publish({ slices: toCandidate, timeoutMs: 1_000 });
    candidate.behaviour = { kind: 'drip', everyMs: 100 };
    expect((await infer()).headers.get('x-weir-version')).toBe('v1');
    await candidate.stop();
    expect((await infer()).headers.get('x-weir-version')).toBe('v1');
    expect(log.events.map(({ armStatus }) => armStatus)).toEqual(['timeout', 'unreachable']);
    await candidate.resume();
  });

  it("keeps the caller's own prediction id, and takes it twice", async () => {
    for (let i = 0; i < 2; i++) {
      const response = await infer({ 'x-weir-prediction-id': 'mine-1' });
      expect(response.headers.get('x-weir-prediction-id')).toBe('mine-1');
    }
    expect(log.events.map(({ predictionId }) => predictionId)).toEqual(['mine-1', 'mine-1']);
    expect(new Set(log.entries.map(({ id }) => id)).size).toBe(2);
  });

  it('serves a pinned version by its path', async () => {
    const response = await infer({}, '{}', '/v2/models/spam/versions/v2/infer');
    expect(response.headers.get('x-weir-version')).toBe('v2');
    expect(candidate.asked).toHaveLength(1);
    expect(log.events[0]).toMatchObject({ pinned: true, arm: 'v2' });
    expect((await infer({}, '{}', '/v2/models/spam/versions/v9/infer')).status).toBe(404);
  });

  it.each([
    ['/v2/models/nope/infer', {}, 404, 'unknown model nope'],
    ['/v2/models/%zz/infer', {}, 400, 'percent-encoded'],
    ['/v2/models/spam/explain', {}, 404, 'no such path'],
    ['/v2/models/spam/infer', { 'x-weir-prediction-id': 'a b' }, 400, 'x-weir-prediction-id'],
    ['/v2/models/spam/infer', { 'x-request-timeout-ms': 'soon' }, 400, 'x-request-timeout-ms'],
    ['/models/spam/anything', {}, 404, '/v2/models/spam/infer'],
  ])('refuses %s with %j: %i', async (path, headers, status, words) => {
    const response = await infer(headers, '{}', path);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: unknown };
    expect(path.startsWith('/v2') ? error : (error as { message: string }).message).toContain(words);
    expect(log.entries).toEqual([]);
  });

  it('refuses a body over the limit, announced or not, and stays usable', async () => {
    const large = Buffer.alloc(maxBodyBytes + 1, 0x20);
    const announced = await infer({}, large);
    expect(announced.status).toBe(413);
    expect(await announced.json()).toEqual({ error: expect.stringContaining(String(maxBodyBytes)) as string });
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/v2/models/spam/infer`, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      for (let i = 0; i < 11; i++) request.write(large.subarray(0, 10_000));
      request.end();
    });
    expect(chunked).toBe(413);
    expect((await infer({}, large.subarray(1))).status).toBe(200);
    expect(log.entries).toHaveLength(1);
  });

  it('gives up at the deadline with 504, and at once with 503 and Retry-After when nobody is there', async () => {
    stable.behaviour = { kind: 'hang' };
    const late = await infer({ 'x-request-timeout-ms': '100' });
    expect([late.status, late.headers.get('x-weir-assigned')]).toEqual([504, 'v1']);
    await stable.stop();
    const away = await infer();
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    await stable.resume();
    expect(log.events.map(({ status, armStatus }) => [status, armStatus])).toEqual([
      [504, 'timeout'],
      [503, 'unreachable'],
    ]);
  });

  it('passes statuses and error bodies of the server on', async () => {
    stable.behaviour = { kind: 'answer', status: 422, body: { error: 'unknown datatype' } };
    const response = await infer();
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ error: 'unknown datatype' });
  });

  it('records a caller that leaves while the model thinks', async () => {
    stable.behaviour = { kind: 'hang' };
    const leaving = new AbortController();
    const call = fetch(`${url}/v2/models/spam/infer`, { method: 'POST', body: '{}', signal: leaving.signal });
    await eventually(() => stable.asked.length === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await eventually(() => log.entries.length === 1);
    expect(log.events).toEqual([expect.objectContaining({ armStatus: 'cancelled', status: 499 })]);
  });

  it('records nothing of a caller that leaves before its body is there', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST /v2/models/spam/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    await eventually(() => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count > 0))));
    socket.destroy();
    await eventually(
      () => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count === 0))),
    );
    expect(log.entries).toEqual([]);
    expect(stable.asked).toEqual([]);
  });

  it('asks callers to come back when too many predictions are under way', async () => {
    await listen({ load: new LoadGuard({ maxInFlight: 2, maxHeldBytes: 1024 ** 2, maxLagMs: 1_000 }) });
    stable.behaviour = { kind: 'answer', latencyMs: 200 };
    const responses = await Promise.all(Array.from({ length: 6 }, () => infer()));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503, 503]);
    expect(log.entries).toHaveLength(2);
    expect((await infer()).status).toBe(200);
  });

  it('decides by the headers alone: what is in a body is not read before it is answered', async () => {
    publish({ capture: { request: true, response: true, maxBytes: 65_536, redact: [] } });
    stable.behaviour = { kind: 'answer', body: { outputs: [] } };
    const parse = JSON.parse;
    const parsed: string[] = [];
    JSON.parse = (text: string, ...more: [never]) => (parsed.push(String(text)), parse(text, ...more) as unknown);
    try {
      for (const body of ['{"inputs": [', 'no json at all', '{"x": "marked"}'])
        expect((await infer({ 'content-type': 'application/json' }, body)).status).toBe(200);
      expect(parsed.filter((text) => /inputs|no json|marked/.test(text))).toEqual([]);
    } finally {
      JSON.parse = parse;
    }
    expect(stable.asked.map(({ body }) => body.toString())).toEqual([
      '{"inputs": [',
      'no json at all',
      '{"x": "marked"}',
    ]);
    expect(log.events.map(({ capture }) => capture?.request?.kind)).toEqual(['base64', 'base64', 'json']);
  });

  it('answers, and refuses, with one write', async () => {
    const writes: string[] = [];
    server.on('connection', (socket) => {
      const handle = (socket as unknown as { _handle: Record<string, (...all: unknown[]) => unknown> })._handle;
      for (const name of ['writev', 'writeBuffer', 'writeUtf8String', 'writeLatin1String', 'writeAsciiString']) {
        const write = handle[name]?.bind(handle);
        if (write) handle[name] = (...all) => (writes.push(name), write(...all));
      }
    });
    expect((await infer({}, 'x'.repeat(50_000))).status).toBe(200);
    expect(writes).toHaveLength(1);
    expect((await infer({}, '{}', '/v2/models/unknown/infer')).status).toBe(404);
    expect(writes).toHaveLength(2);
  });

  it('passes any bytes on, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (some) => {
        const bytes = Buffer.from(some);
        stable.asked.length = 0;
        await infer({ 'content-type': 'application/octet-stream' }, bytes);
        expect(stable.asked[0]?.body.equals(bytes)).toBe(true);
        expect(stable.asked[0]?.headers['content-length']).toBe(String(bytes.length));
      }),
      { seed: 20261123, numRuns: 50 },
    );
  });

  it('passes compressed and binary bodies through as they are, both ways', async () => {
    const body = gzipSync('{"inputs":[]}');
    await infer(
      {
        'content-encoding': 'gzip',
        'content-type': 'application/octet-stream',
        'inference-header-content-length': '3',
      },
      body,
    );
    expect(stable.asked[0]?.body).toEqual(body);
    expect(stable.asked[0]?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'inference-header-content-length': '3',
    });
  });

  const payloads = join(__dirname, '../../../../../../shared/oip');
  const files = existsSync(payloads) ? readdirSync(payloads).filter((file) => file.endsWith('.json')) : [];
  (files.length > 0 ? it.each(files) : it.skip.each(['(skipped: ../shared/oip is not here)']))(
    'passes %s through byte for byte, and into the record',
    async (file) => {
      publish({ capture: { request: true, response: true, maxBytes: 65_536, redact: [] } });
      const bytes = readFileSync(join(payloads, file));
      stable.behaviour = { kind: 'answer', body: JSON.parse(bytes.toString()) as unknown };
      const response = await infer({ 'content-type': 'application/json' }, bytes);
      expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(JSON.stringify(JSON.parse(bytes.toString())));
      expect(stable.asked[0]?.body.equals(bytes)).toBe(true);
      expect(log.events[0]?.capture?.request).toMatchObject({
        kind: 'json',
        size: bytes.length,
        body: JSON.parse(bytes.toString()) as unknown,
      });
    },
  );
});

describe('the rest of the protocol', () => {
  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(url + path);
    return [response.status, await response.json()];
  };

  it('tells what Weir is, whether it lives and whether it is ready', async () => {
    expect(await get('/v2')).toEqual([200, { name: 'weir', version: '0.1.0', extensions: [] }]);
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    ready = false;
    expect(await get('/v2/health/ready')).toEqual([503, { ready: false }]);
  });

  it("gives stable's metadata under Weir's names", async () => {
    expect(await get('/v2/models/spam')).toEqual([
      200,
      expect.objectContaining({
        name: 'spam',
        versions: ['v1', 'v2'],
        platform: 'stub',
        inputs: [expect.objectContaining({ name: 'text' })],
      }),
    ]);
    expect((await get('/v2/models/spam/versions/v2'))[0]).toBe(200);
    expect(await get('/v2/models/nope')).toEqual([404, { error: 'unknown model nope' }]);
    expect((await get('/v2/models/spam/versions/v9'))[0]).toBe(404);
  });

  it('says that a model is ready when an instance of its stable is', async () => {
    expect(await get('/v2/models/spam/ready')).toEqual([200, { name: 'spam', ready: true }]);
    await candidate.stop();
    await eventually(async () => (await get('/v2/models/spam/versions/v2/ready'))[0] === 503);
    expect((await get('/v2/models/spam/ready'))[0]).toBe(200);
    await candidate.resume();
    await eventually(async () => (await get('/v2/models/spam/versions/v2/ready'))[0] === 200);
  });

  it.each([
    ['PUT', '/v2/models/spam/infer', 'POST'],
    ['GET', '/v2/models/spam/infer', 'POST'],
    ['DELETE', '/v2/models/spam', 'GET'],
    ['POST', '/v2/health/ready', 'GET'],
  ])('refuses %s %s: only %s', async (method, path, allowed) => {
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toEqual({ error: expect.stringContaining(allowed) as string });
  });

  it('leaves every other path to Nest', async () => {
    expect((await fetch(`${url}/readyz`)).status).toBe(418);
    expect((await fetch(`${url}/v2x`)).status).toBe(418);
  });

  it('passes raw calls through below their own path', async () => {
    publish({ protocol: 'raw' });
    const response = await infer({}, 'any bytes', '/models/spam/v1/chat?stream=0');
    expect(response.status).toBe(200);
    expect(stable.asked.at(-1)).toMatchObject({ path: '/v1/chat?stream=0', body: Buffer.from('any bytes') });
    expect((await infer()).status).toBe(404);
  });
});

describe('hostile callers', () => {
  /** Bytes as they are; the answer's status, or undefined when the connection just ended. */
  const say = (bytes: Buffer): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => (answer += data.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(Number(/^HTTP\/1.1 (?!100)(\d+)/m.exec(answer)?.[1]) || undefined));
      // half closing would be leaving; what waits for more bytes is left after a while
      socket.setTimeout(2_000, () => socket.destroy());
      socket.write(bytes);
    });
  const post = (path: Buffer, header: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('POST '),
      path,
      Buffer.from(' HTTP/1.1\r\nhost: x\r\nconnection: close\r\n'),
      header,
      Buffer.from('\r\ncontent-length: 2\r\n\r\n{}'),
    ]);

  it('cannot make an instance look dead by any byte of a header or a path', async () => {
    publish({ protocol: 'raw' });
    const path = Buffer.from('/models/spam/x');
    const tryByte = async (byte: number): Promise<void> => {
      const one = Buffer.from([byte]);
      const statuses = await Promise.all([
        say(post(path, Buffer.concat([Buffer.from('x-value: a'), one, Buffer.from('b')]))),
        say(post(path, Buffer.concat([Buffer.from('x-n'), one, Buffer.from('ame: a')]))),
        say(post(Buffer.concat([path, one, Buffer.from('y')]), Buffer.from('a: b'))),
      ]);
      for (const status of statuses)
        if (status !== undefined && status !== 200 && status !== 400) throw new Error(`byte ${byte}: ${status}`);
    };
    for (let from = 0; from < 256; from += 16)
      await Promise.all(Array.from({ length: 16 }, (_, index) => tryByte(from + index)));
    expect(models.find('spam')?.versions.get('v1')?.servers.ready).toBe(true);
    expect(log.events.filter(({ armStatus, status }) => armStatus !== 'ok' || status !== 200)).toEqual([]);
  }, 30_000);

  it('cannot smuggle a second request by headers of one hop', async () => {
    for (const header of [
      'expect: 100-continue',
      'upgrade: h2c',
      'keep-alive: timeout=5',
      'te: trailers',
      'proxy-connection: x',
      'connection: x-a\r\nx-a: 1',
    ])
      expect(await say(post(Buffer.from('/v2/models/spam/infer'), Buffer.from(header)))).toBe(200);
    for (const header of ['transfer-encoding: chunked', 'content-length: 3'])
      expect(await say(post(Buffer.from('/v2/models/spam/infer'), Buffer.from(header)))).toBe(400);
    expect(stable.asked.every(({ body }) => body.toString() === '{}')).toBe(true);
    expect(models.find('spam')?.versions.get('v1')?.servers.ready).toBe(true);
  });

  it('get a 503 and no more when a fault of ours stands in the way, and the process lives', async () => {
    const broken = {
      find: (): never => {
        throw new TypeError('a bug');
      },
    };
    const route = new RoutePrediction(broken, log, { predicted: () => undefined }, clock, {
      router: 'r',
      durable: false,
    });
    const options = {
      maxBodyBytes,
      load: new LoadGuard({ maxInFlight: 10, maxHeldBytes: 1024 ** 2, maxLagMs: 1_000 }),
      patience: { readAnswerMs: 60_000, stallMs: 30_000 },
      shed: () => undefined,
      admit: undefined,
      ready: () => true,
      newId: () => 'x',
      refused: () => undefined,
    };
    const live = new LivePath(route, broken, new DescribeModel(broken), noDecisions, clock, logger, options);
    server.close();
    server = liveServer(live)(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const response = await infer();
    expect([response.status, await response.json()]).toEqual([503, { error: 'the prediction could not be served' }]);
  });
});

describe('with keys of producers', () => {
  const keys = new MemoryKeyRing();
  const made = Object.fromEntries(
    (['producer', 'admin', 'viewer'] as const).map((role) => {
      const { id, key, sha256 } = makeApiKey();
      keys.put({ id, sha256, role, name: role, state: 'active' });
      return [role, key];
    }),
  );

  beforeEach(() => listen({ admit: admitProducers(keys, () => Date.now()) }));

  it('lets producers and admins in, and nobody else', async () => {
    for (const role of ['producer', 'admin'])
      expect((await infer({ authorization: `Bearer ${made[role]}` })).status).toBe(200);
    expect((await infer({ authorization: `Bearer ${made['viewer']}` })).status).toBe(403);
    for (const authorization of ['', 'Bearer x', 'Bearer weir_unknown_secret', `Basic ${made['producer']}`])
      expect((await infer({ authorization })).status).toBe(401);
    expect((await fetch(`${url}/v2/models/spam`)).status).toBe(401);
    expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
  });

  it("never shows a key of Weir's to a model server", async () => {
    await infer({ authorization: `Bearer ${made['producer']}` });
    expect(stable.asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('stops at once when a key is revoked', async () => {
    const { id, key, sha256 } = makeApiKey();
    keys.put({ id, sha256, role: 'producer', name: 'p', state: 'revoked' });
    expect((await infer({ authorization: `Bearer ${key}` })).status).toBe(401);
  });
});
