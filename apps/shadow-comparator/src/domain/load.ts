// What a shadow was offered and took, ten seconds at a time: does it bear production's load, where does it end, what did it cost?
import { type Comparison } from './comparison';

/** Of the predictions that were served in these ten seconds. */
export interface LoadBucket {
  /** Milliseconds since the epoch, a multiple of ten seconds. */
  readonly fromMs: number;
  /** Those whose turn came: called, or refused for want of room. */
  readonly offered: number;
  readonly calls: number;
  readonly refused: number;
  /** Calls without an answer: timeouts, unreachable, errors. */
  readonly failed: number;
  /** Offered so late that they did not come as they had. */
  readonly late: number;
  readonly modelMs: number;
}

const bucketMs = 10_000;

/** Undefined where it was never its turn. */
export function loadOf({ event, late }: Comparison): LoadBucket | undefined {
  const refused = Number(event.result === 'skipped' && (event.reason === 'over-bound' || event.reason === 'too-old'));
  const calls = Number(event.shadowStatus !== undefined);
  if (calls + refused === 0) return undefined;
  return {
    fromMs: Math.floor(Date.parse(event.servedAt) / bucketMs) * bucketMs,
    ...{ offered: 1, calls, refused, late: Number(late) },
    failed: Number(calls === 1 && event.shadowStatus !== 'ok'),
    modelMs: event.shadowLatencyMs ?? 0,
  };
}

export interface LoadReport {
  readonly calls: number;
  readonly modelSeconds: number;
  /** Share of the offered that was called. */
  readonly coverage: number | null;
  /** Whether production's rate was borne in all that can be told: nothing refused, at most 1 % of the calls without answer. Null: nothing can be told. */
  readonly sustained: boolean | null;
  /** A second, in the busiest ten seconds that were borne. */
  readonly sustainedPerSecond: number | null;
  /** Answers a second in the ten seconds that were not: the most that it gives. Null: it bore all that came. */
  readonly saturatesAtPerSecond: number | null;
  readonly offeredPerSecond: number | null;
}

/** Of whole buckets: the first and the last are cut. Those that came late tell nothing, for then it was not production's load. */
export function reportLoad(buckets: readonly LoadBucket[]): LoadReport {
  const sum = (of: (bucket: LoadBucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const offered = sum((bucket) => bucket.offered);
  const told = [...buckets]
    .sort((a, b) => a.fromMs - b.fromMs)
    .slice(1, -1)
    .filter(({ late, offered: all }) => late <= all / 10);
  const borne = told.filter(isBorne);
  const beyond = told.filter((bucket) => !isBorne(bucket));
  return {
    calls: sum(({ calls }) => calls),
    modelSeconds: sum(({ modelMs }) => modelMs) / 1_000,
    coverage: offered === 0 ? null : sum(({ calls }) => calls) / offered,
    sustained: told.length === 0 ? null : beyond.length === 0,
    sustainedPerSecond: greatest(borne, ({ offered: all }) => all),
    saturatesAtPerSecond: greatest(beyond, ({ calls, failed }) => calls - failed),
    offeredPerSecond: greatest(told, ({ offered: all }) => all),
  };
}

const isBorne = ({ refused, failed, calls }: LoadBucket): boolean => refused === 0 && failed <= calls / 100;

function greatest(buckets: readonly LoadBucket[], of: (bucket: LoadBucket) => number): number | null {
  return buckets.length === 0 ? null : Math.max(...buckets.map(of)) / (bucketMs / 1_000);
}
