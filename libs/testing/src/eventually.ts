// Waits for a condition, never for a time.
import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** Default 30 s: a machine may be slow, and only what fails takes so long. */
  readonly timeoutMs?: number;
  /** Between two looks. Default 25 ms. */
  readonly everyMs?: number;
  /** Why waiting is in vain, as soon as it is: the wait ends with this. */
  readonly hopeless?: () => string | undefined;
}

/**
 * Looks until `look` returns something that is not false, null or undefined, and returns it. A throwing `look`
 * (an `expect` in it) counts as "not yet"; its last error is what the spec fails with.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 25, hopeless }: Patience = {},
): Promise<Exclude<T, false | null | undefined>> {
  const endMs = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    const why = hopeless?.();
    if (why !== undefined) throw new Error(why);
    try {
      const seen = await look();
      if (seen !== false && seen !== null && seen !== undefined) return seen as Exclude<T, false | null | undefined>;
      last = new Error(`still ${String(seen)} after ${timeoutMs} ms`);
    } catch (error) {
      last = error;
    }
    if (Date.now() >= endMs) throw last;
    await pause(everyMs);
  }
}

/** For an `expect` that returns nothing: waits until it no longer throws. */
export async function eventuallyPasses(check: () => void | Promise<void>, patience: Patience = {}): Promise<void> {
  await eventually(async () => {
    await check();
    return true;
  }, patience);
}
