// A cache in memory: the fake of the real one, and what a service without Redis may use.
import type { Cache, CacheEntry } from './cache';

export class MemoryCache implements Cache {
  private readonly entries = new Map<string, { value: string; untilMs: number }>();

  /** `nowMs`: the clock, so that a spec can let time pass. */
  constructor(
    private readonly most = 100_000,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const nowMs = this.nowMs();
    return Promise.resolve(
      keys.map((key) => {
        const entry = this.entries.get(key);
        return entry && entry.untilMs > nowMs ? entry.value : undefined;
      }),
    );
  }

  setMany(entries: readonly CacheEntry[], ttlMs: number): Promise<void> {
    const untilMs = this.nowMs() + ttlMs;
    for (const { key, value } of entries) {
      this.entries.delete(key);
      this.entries.set(key, { value, untilMs });
    }
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.most) break;
      this.entries.delete(oldest);
    }
    return Promise.resolve();
  }

  /** What FLUSHALL does to the real one. */
  forgetAll(): void {
    this.entries.clear();
  }

  close(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }
}
