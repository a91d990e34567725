// The cache on a real Redis, and with a wire that fails between them: never an error, never a long wait.
import { eventually, required, TcpFaultProxy } from '@weir/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describeCache } from './cache.contract';
import { createMetrics } from './metrics';
import { createRedis, type RedisCache } from './redis-cache';

const url = new URL(required('REDIS_URL', process.env));

async function connected(to: string): Promise<RedisCache> {
  const cache = createRedis({ url: to, metrics: createMetrics() });
  await eventually(() => cache.connected);
  return cache;
}

describeCache('redis', async () => {
  const cache = await connected(url.href);
  return { cache, prefix: `spec-${randomUUID()}:`, pass: (ms) => pause(ms) };
});

describe('when Redis fails', () => {
  const key = `spec-${randomUUID()}`;
  let proxy: TcpFaultProxy;
  let cache: RedisCache;

  beforeEach(async () => {
    proxy = await TcpFaultProxy.start({ host: url.hostname, port: Number(url.port || 6379) });
    // the same user and password, another way there
    const through = new URL(url);
    through.host = `127.0.0.1:${proxy.port}`;
    cache = await connected(through.href);
    await cache.setMany([{ key, value: '1' }], 60_000);
  });

  afterEach(async () => {
    await cache.close();
    await proxy.stop();
  });

  it('misses within the time-out while Redis hangs, at once after that, and hits again when it is back', async () => {
    proxy.set({ kind: 'blackhole' });
    const first = performance.now();
    expect(await cache.getMany([key])).toEqual([undefined]);
    expect(performance.now() - first).toBeLessThan(1_000);
    const second = performance.now();
    await cache.setMany([{ key, value: '2' }], 60_000);
    expect(await cache.getMany([key])).toEqual([undefined]);
    expect(performance.now() - second).toBeLessThan(50);
    proxy.heal();
    expect(await eventually(async () => (await cache.getMany([key]))[0])).toBe('1');
  });

  it('misses while connections are reset, and reconnects', async () => {
    proxy.set({ kind: 'reset' });
    expect(await cache.getMany([key, key])).toEqual([undefined, undefined]);
    await cache.setMany([{ key, value: '2' }], 60_000);
    proxy.heal();
    expect(await eventually(async () => (await cache.getMany([key]))[0])).toBe('1');
  });
});

it('starts without Redis and misses', async () => {
  const cache = createRedis({ url: 'redis://127.0.0.1:1', metrics: createMetrics() });
  expect(await cache.getMany(['a'])).toEqual([undefined]);
  await cache.close();
});

it('counts hits, misses and errors by key', async () => {
  const metrics = createMetrics();
  const cache = createRedis({ url: url.href, metrics });
  await cache.getMany(['x']); // not connected yet
  await eventually(() => cache.connected);
  const key = `spec-${randomUUID()}`;
  await cache.setMany([{ key, value: '1' }], 60_000);
  await cache.getMany([key, `${key}-none`]);
  const text = await metrics.registry.metrics();
  for (const result of ['hit', 'miss', 'error']) expect(text).toContain(`weir_cache_keys_total{result="${result}"} 1`);
  await cache.close();
});
