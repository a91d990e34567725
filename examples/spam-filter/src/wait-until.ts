// Waiting for a condition, never for a time.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait {
  /** As it stands in the complaint: "the rollout to be applied". */
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
}

/** Resolves with the first value that is not undefined. A probe that throws is tried again; its last error is in the complaint. */
export async function waitUntil<T>(probe: () => Promise<T | undefined> | T | undefined, wait: Wait): Promise<T> {
  const until = performance.now() + wait.withinMs;
  for (;;) {
    let problem = '';
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      problem = error instanceof Error ? `: ${error.message}` : '';
    }
    if (performance.now() > until) throw new Error(`waited ${wait.withinMs / 1_000} s for ${wait.what}${problem}`);
    await sleep(wait.everyMs ?? 250);
  }
}
