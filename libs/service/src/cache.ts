// A cache: may forget anything at any time, and never fails.

export interface CacheEntry {
  readonly key: string;
  readonly value: string;
}

export interface Cache {
  /** In the order of the keys; undefined where there is nothing, or where the cache could not be asked. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  setMany(entries: readonly CacheEntry[], ttlMs: number): Promise<void>;
  close(): Promise<void>;
}
