// The HTTP side of a service, as a caller meets it.
import { Body, Controller, Get, Head, Module, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { WeirError } from '@weir/contracts';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { z } from 'zod';
import { Caller, type Principal, Public, Roles } from './access';
import { makeApiKey } from './api-key';
import { ApiKeyGuard } from './api-key-guard';
import { bootService, type Service, type Strategy } from './boot-service';
import { Health } from './health';
import { MemoryKeyRing } from './key-ring';
import { createLogger } from './logger';
import { createMetrics } from './metrics';
import { parseBody } from './parse-body';

const keys = new MemoryKeyRing();
const held = Object.fromEntries(
  (['viewer', 'operator', 'admin', 'producer'] as const).map((role) => {
    const { id, key, sha256 } = makeApiKey();
    keys.put({ id, sha256, role, name: `${role}'s key`, state: 'active' });
    return [role, key];
  }),
) as Record<'viewer' | 'operator' | 'admin' | 'producer', string>;

let effects = 0;

@Controller('api/v1')
class ModelsController {
  @Get('models')
  @Roles('viewer')
  list(@Caller() caller: Principal) {
    effects += 1;
    return { caller: caller.name };
  }

  @Post('models')
  @Roles('operator')
  create(@Body(parseBody(z.strictObject({ name: z.string(), steps: z.array(z.number()).optional() }))) body: object) {
    return { created: body };
  }

  @Post('outcomes')
  @Roles('producer')
  report() {
    return { accepted: 1 };
  }

  @Head('secret')
  @Roles('admin')
  peek() {
    effects += 1;
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }

  @Get('broken')
  @Public()
  broken() {
    throw new TypeError('the password is swordfish');
  }

  @Get('taken')
  @Public()
  taken() {
    throw new WeirError('slice-taken', 'the slice is taken', false, [{ path: 'slice.from', message: 'taken' }]);
  }

  @Get('away')
  @Public()
  away() {
    throw new WeirError('database-down', 'the database is away', true);
  }
}

@Controller()
class SilentController {
  @Get('silent')
  silent() {
    return {};
  }
}

const guard = { provide: APP_GUARD, useFactory: () => new ApiKeyGuard(keys) };

@Module({ controllers: [ModelsController], providers: [guard] })
class GuardedModule {}

@Module({ controllers: [SilentController], providers: [guard] })
class SilentModule {}

@Module({ controllers: [ModelsController] })
class UnguardedModule {}

class FakeProcess extends EventEmitter {
  private end: (code: number) => void = () => {};
  readonly exited = new Promise<number>((resolve) => (this.end = resolve));

  exit(code: number): void {
    this.end(code);
  }
}

const running: NestFastifyApplication[] = [];

async function boot(overrides: Partial<Service> = {}) {
  const lines: string[] = [];
  const fake = new FakeProcess();
  const health = new Health();
  const app = await bootService({
    name: 'spec',
    module: GuardedModule,
    config: { port: 0, host: '127.0.0.1', drainMs: 0 },
    logger: createLogger('spec', 'info', { write: (line) => void lines.push(line) }),
    metrics: createMetrics(),
    health,
    errorStatuses: { 'slice-taken': 409 },
    process: fake,
    ...overrides,
  });
  running.push(app);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, health, lines, process: fake, port, url: `http://127.0.0.1:${port}` };
}

afterAll(() => Promise.all(running.map((app) => app.close())));

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const json = { 'content-type': 'application/json' };

describe('access', () => {
  let url: string;
  beforeAll(async () => ({ url } = await boot()));

  it('answers 401 without a key and says how to bring one', async () => {
    const response = await fetch(`${url}/api/v1/models`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ error: { code: 'unauthenticated', details: [] } });
  });

  it.each([
    ['a key of nobody', 'weir_nobody_secret'],
    ['a wrong secret', held.admin.slice(0, -1) + (held.admin.endsWith('A') ? 'B' : 'A')],
    ['no form of a key', 'swordfish'],
    ['an empty secret', 'weir_nobody_'],
  ])('answers 401 to %s', async (_, key) => {
    expect((await fetch(`${url}/api/v1/models`, { headers: bearer(key) })).status).toBe(401);
  });

  it.each([
    ['GET', '/api/v1/models', { viewer: 200, operator: 200, admin: 200, producer: 403 }],
    ['POST', '/api/v1/models', { viewer: 403, operator: 201, admin: 201, producer: 403 }],
    ['POST', '/api/v1/outcomes', { viewer: 403, operator: 403, admin: 201, producer: 201 }],
  ] as const)('%s %s answers by role', async (method, path, expected) => {
    for (const [role, status] of Object.entries(expected)) {
      const body = method === 'POST' ? '{"name":"spam"}' : undefined;
      const headers = { ...bearer(held[role as keyof typeof held]), ...json };
      const response = await fetch(url + path, { method, headers, ...(body && { body }) });
      expect([role, response.status]).toEqual([role, status]);
    }
  });

  it('hands the caller to the handler', async () => {
    const response = await fetch(`${url}/api/v1/models`, { headers: bearer(held.viewer) });
    expect(await response.json()).toEqual({ caller: "viewer's key" });
  });

  it.each([
    ['HEAD', '/api/v1/models'],
    ['HEAD', '/api/v1/secret'],
    ['GET', '/api/v1/models/'],
    ['GET', '/api/v1//models'],
    ['GET', '//api/v1/models'],
    ['GET', '/API/V1/MODELS'],
    ['GET', '/api%2fv1%2fmodels'],
    ['GET', '/api/v1/%6dodels'],
    ['GET', '/api/v1/open/../models'],
    ['GET', '/api/v1/models;x=1'],
    ['GET', '/api/v1/models?x=1#y'],
    ['OPTIONS', '/api/v1/models'],
  ])('%s %s is no way around the guard', async (method, path) => {
    const before = effects;
    const status = await rawStatus(url, method, path);
    expect([401, 404]).toContain(status);
    expect(effects).toBe(before);
  });

  it('refuses to boot with a route that declares nobody', async () => {
    await expect(boot({ module: SilentModule })).rejects.toThrow(
      'routes without @Roles or @Public: SilentController.silent',
    );
  });

  it('refuses to boot with roles and nobody who checks them', async () => {
    await expect(boot({ module: UnguardedModule })).rejects.toThrow(
      'no ApiKeyGuard stands before ModelsController.list',
    );
  });
});

describe('errors', () => {
  let url: string;
  let lines: string[];
  beforeAll(async () => ({ url, lines } = await boot()));

  const post = (body: string, headers: Record<string, string> = json) =>
    fetch(`${url}/api/v1/models`, { method: 'POST', headers: { ...bearer(held.operator), ...headers }, body });

  it.each([
    ['malformed JSON', '{"name":', json, 400, 'bad-request'],
    ['no body', '', json, 400, 'bad-request'],
    ['__proto__', '{"name":"x","__proto__":{"admin":true}}', json, 400, 'bad-request'],
    ['a nested __proto__', '{"name":"x","steps":[{"__proto__":{}}]}', json, 400, 'bad-request'],
    ['a poisoned constructor', '{"name":"x","constructor":{"prototype":{}}}', json, 400, 'bad-request'],
    ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported-media-type'],
    ['plain text', 'name', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['too much', JSON.stringify({ name: 'x'.repeat(1024 ** 2) }), json, 413, 'payload-too-large'],
  ])('answers %s in the common shape', async (_, body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { code: string; message: unknown; details: unknown[] } };
    expect(error).toEqual({ code, message: expect.any(String) as string, details: [] });
  });

  it('names every offending path of a body', async () => {
    const response = await post('{"name":1,"steps":[1,"two"],"colour":"red"}');
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; details: { path: string }[] } };
    expect(error.code).toBe('invalid-body');
    expect(error.details.map(({ path }) => path)).toEqual(['name', 'steps[1]', 'colour']);
  });

  it('answers an unknown route', async () => {
    const response = await fetch(`${url}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not-found' } });
  });

  it('answers a path that is none', async () => {
    expect(await rawStatus(url, 'GET', '/%')).toBe(400);
    expect(await rawStatus(url, 'GET', '/api/v1/%zz')).toBe(400);
  });

  it('answers what is not HTTP with 400 and ends the connection', async () => {
    expect(await rawStatus(url, 'NOT AN HTTP', 'REQUEST')).toBe(400);
  });

  it("gives a service's own code the status that the service says", async () => {
    const response = await fetch(`${url}/api/v1/taken`);
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      error: {
        code: 'slice-taken',
        message: 'the slice is taken',
        details: [{ path: 'slice.from', message: 'taken' }],
      },
    });
  });

  it('answers 503 with Retry-After to a retriable error', async () => {
    const response = await fetch(`${url}/api/v1/away`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('keeps an unexpected error to the log', async () => {
    const response = await fetch(`${url}/api/v1/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('swordfish');
    expect(lines.some((line) => line.includes('swordfish') && line.includes('"path":"/api/v1/broken"'))).toBe(true);
  });

  it("speaks the protocol's own error on its paths", async () => {
    const response = await fetch(`${url}/v2/models/x/infer`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: expect.any(String) as string });
  });
});

describe('health', () => {
  it('says what is missing and serves the metrics', async () => {
    const { url, health } = await boot();
    health.set('database', false, 'connecting');
    const unready = await fetch(`${url}/readyz`);
    expect([unready.status, await unready.json()]).toEqual([503, { ok: false, missing: ['database: connecting'] }]);
    health.set('database', true);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect(metrics).toContain('weir_http_request_seconds_count{method="GET",route="/readyz",status="200"} 1');
  });

  it('says why it should be killed', async () => {
    const { url } = await boot({ liveness: () => 'the consumer is dead' });
    const response = await fetch(`${url}/livez`);
    expect([response.status, await response.json()]).toEqual([503, { ok: false, missing: ['the consumer is dead'] }]);
  });

  it('asks its consumers, unless they do not matter', async () => {
    const consumer = (): Strategy => ({
      listen: (done) => void done(),
      close: () => {},
      health: () => ({ ok: false, detail: 'no group' }),
    });
    const collector = await boot({ strategy: [consumer()] });
    expect(await (await fetch(`${collector.url}/readyz`)).json()).toEqual({
      ok: false,
      missing: ['consumer: no group'],
    });
    const router = await boot({ strategy: [consumer()], consumersGateReadiness: false });
    expect((await fetch(`${router.url}/readyz`)).status).toBe(200);
  });
});

describe("a server of the service's own", () => {
  it('answers before Fastify does', async () => {
    const serverFactory = (fastify: Parameters<typeof createServer>[1] & object): Server =>
      createServer((request, response) => {
        if (request.url?.endsWith('/infer')) response.end('fast');
        else fastify(request, response);
      });
    const { url } = await boot({ fastify: { serverFactory } });
    expect(await (await fetch(`${url}/v2/models/x/infer`, { method: 'POST' })).text()).toBe('fast');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

describe('the stop', () => {
  it('is unready first, then closes HTTP, then the consumers, then the pools, then ends', async () => {
    const order: string[] = [];
    class Pool {
      onApplicationShutdown() {
        order.push('pool');
      }
    }
    @Module({ controllers: [ModelsController], providers: [guard, Pool] })
    class PooledModule {}
    const url = { now: '' };
    const strategy: Strategy = {
      listen: (done) => void done(),
      close: async () => {
        order.push('consumer');
        await expect(fetch(`${url.now}/readyz`)).rejects.toThrow();
        order.push('HTTP was closed');
      },
    };
    const service = await boot({
      module: PooledModule,
      strategy: [strategy],
      config: { port: 0, host: '127.0.0.1', drainMs: 200 },
    });
    url.now = service.url;
    service.process.emit('SIGTERM');
    const draining = await fetch(`${service.url}/readyz`);
    expect([draining.status, await draining.json()]).toEqual([503, { ok: false, missing: ['stopping'] }]);
    expect(draining.headers.get('connection')).toBe('close');
    service.process.emit('SIGTERM'); // twice: Ctrl-C reaches the group, and then the runner's own signal
    service.process.emit('SIGINT');
    expect(await service.process.exited).toBe(0);
    expect(order).toEqual(['consumer', 'HTTP was closed', 'pool']);
  });

  it('lets a request in flight finish', async () => {
    const requests = new EventEmitter();
    const serverFactory = (): Server => createServer((_, response) => void requests.emit('request', response));
    const service = await boot({ fastify: { serverFactory } });
    const arrived = once(requests, 'request') as Promise<[ServerResponse]>;
    const answer = fetch(service.url);
    const [response] = await arrived;
    service.process.emit('SIGTERM');
    response.end('finished');
    expect(await (await answer).text()).toBe('finished');
    expect(await service.process.exited).toBe(0);
  });

  it('ends the process on an error that nobody caught, with a line that says it', async () => {
    const { process, lines } = await boot();
    process.emit('unhandledRejection', new Error('nobody caught me'));
    expect(await process.exited).toBe(1);
    expect(lines.at(-1)).toContain('nobody caught me');
  });
});

/** fetch normalises paths; an attacker does not. */
function rawStatus(url: string, method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(text.split(' ')[1])));
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: spec\r\nConnection: close\r\n\r\n`);
  });
}
