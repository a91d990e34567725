// The OpenAPI document: made of the routes, so that none can be missing from it, and none is without a role.
import { Test } from '@nestjs/testing';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard, listRoutes, MemoryKeyRing } from '@weir/service';
import { httpControllers } from '../../app.module';
import { openApi } from './openapi';
import { routesOf } from './route';

const document = openApi(httpControllers);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Record<string, unknown>] as const,
  ),
);

describe('the OpenAPI document', () => {
  let app: NestFastifyApplication;
  const seen: string[] = [];

  beforeAll(async () => {
    const unused = { provide: 'unused', useValue: undefined };
    const builder = Test.createTestingModule({
      controllers: httpControllers,
      providers: [unused, { provide: APP_GUARD, useFactory: () => new ApiKeyGuard(new MemoryKeyRing()) }],
    }).useMocker(() => ({}));
    const testing = await builder.compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRoute', ({ method, url }) => {
        if (method !== 'HEAD') seen.push(`${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`);
      });
    await app.init();
  });

  afterAll(() => app.close());

  it('has every route that the service registers, and no other', () => {
    expect(operations.map(([route]) => route).sort()).toEqual([...new Set(seen)].sort());
  });

  it.each(operations)('says of %s who may call it', (_route, operation) => {
    expect(['viewer', 'operator', 'admin', 'public']).toContain(operation['x-weir-role']);
  });

  it('finds a declared access on every route', () => {
    expect(listRoutes(app).filter(({ access }) => access === undefined)).toEqual([]);
    expect(listRoutes(app)).toHaveLength(routesOf(httpControllers).length);
  });

  it('describes the whole grammar of a rollout', () => {
    const text = JSON.stringify(document.paths['/api/v1/rollouts']?.['post']);
    for (const word of [
      'shadow',
      'canary',
      'ab',
      'bandit',
      'rolling',
      'blueGreen',
      'guardrails',
      'onSpecChange',
      'application/yaml',
      'Idempotency-Key',
    ])
      expect(text).toContain(word);
  });

  it('names each operation once', () => {
    const ids = operations.map(([, operation]) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
