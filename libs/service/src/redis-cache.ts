// The cache on Redis. Its errors are misses: Redis may be slow, gone or empty, and no caller notices but by speed.
import Redis from 'ioredis';
import type { Cache, CacheEntry } from './cache';
import type { Logger } from './logger';
import type { Metrics } from './metrics';

export interface RedisOptions {
  readonly url: string;
  readonly metrics: Metrics;
  readonly logger?: Logger;
  /** How long one answer may take. Default 150 ms. */
  readonly commandTimeoutMs?: number;
}

/** After a failure Redis is left alone this long, so that a hanging one costs a time-out per pause and not per chunk. */
const pauseMs = 1_000;

/** One command, whose cost for the client is a few bytes an entry: a command each costs it a promise and a timer each. */
const setAll = "for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1]) end";

export function createRedis(options: RedisOptions): RedisCache {
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: options.commandTimeoutMs ?? 150,
    connectTimeout: 2_000,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  return new RedisCache(redis, options.metrics, options.logger);
}

export class RedisCache implements Cache {
  private readonly requests;
  private pausedUntilMs = 0;
  private reportedDown = false;

  constructor(
    private readonly redis: Redis,
    metrics: Metrics,
    private readonly logger?: Logger,
  ) {
    this.requests = metrics.counter({
      name: 'weir_cache_keys_total',
      help: 'Keys asked of the cache, by result',
      labelNames: ['result'],
    });
    redis.on('error', (error: Error) => this.report(error)); // without a listener the process would end
    redis.on('ready', () => {
      this.reportedDown = false;
      this.pausedUntilMs = 0;
    });
  }

  get connected(): boolean {
    return this.redis.status === 'ready';
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const values = await this.attempt(() => this.redis.mget([...keys]));
    if (!values) this.requests.inc({ result: 'error' }, keys.length);
    return keys.map((_, index) => {
      const value = values?.[index] ?? undefined;
      if (values) this.requests.inc({ result: value === undefined ? 'miss' : 'hit' });
      return value;
    });
  }

  async setMany(entries: readonly CacheEntry[], ttlMs: number): Promise<void> {
    if (entries.length === 0) return;
    const keys = entries.map(({ key }) => key);
    const values = entries.map(({ value }) => value);
    await this.attempt(() => this.redis.eval(setAll, keys.length, ...keys, Math.max(1, Math.ceil(ttlMs)), ...values));
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    return Promise.resolve();
  }

  private async attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    if (!this.connected || Date.now() < this.pausedUntilMs) return undefined;
    try {
      return await call();
    } catch (error) {
      this.pausedUntilMs = Date.now() + pauseMs;
      this.report(error as Error);
      return undefined;
    }
  }

  /** Once per outage: ioredis reports every attempt to connect. */
  private report(error: Error): void {
    if (this.reportedDown) return;
    this.reportedDown = true;
    this.logger?.warn({ err: error }, 'redis is away: reads are misses until it is back');
  }
}
