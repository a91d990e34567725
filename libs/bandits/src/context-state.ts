// What a contextual bandit has learnt: sums of features and rewards by arm and bucket, as whole numbers.
import { bucketOf, decay } from './buckets';
import { featureCount, featureVector, type Feature } from './features';
import { type RegressionSums } from './linear/ridge';

const scale = 2 ** 20;

/** Each product rounded to a multiple of 2^-20. `xx`: the lower triangle, row by row. */
export interface ContextSums {
  readonly n: number;
  readonly xx: readonly bigint[];
  readonly xr: readonly bigint[];
}

export type ContextBuckets = ReadonlyMap<number, ContextSums>;
export type ContextState = ReadonlyMap<string, ContextBuckets>;

export interface ContextOutcome {
  readonly arm: string;
  readonly servedAtMs: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly reward: number;
}

/** The state with an outcome added (or, by -1, taken away again). */
export function learnInContext(
  state: ContextState,
  outcome: ContextOutcome,
  { features, halfLifeMs }: { features: readonly Feature[]; halfLifeMs: number },
  times: 1 | -1 = 1,
): ContextState {
  if (!Number.isFinite(outcome.reward)) throw new RangeError('reward must be a finite number');
  const bucket = bucketOf(outcome.servedAtMs, halfLifeMs);
  const buckets = new Map(state.get(outcome.arm));
  buckets.set(
    bucket,
    add(buckets.get(bucket), productsOf(featureVector(features, outcome.attributes), outcome.reward), times),
  );
  return new Map(state).set(outcome.arm, buckets);
}

/** Sums of an arm as of an instant: each bucket times 2^(-age/64), in ascending order. */
export function discountedRegression(
  buckets: ContextBuckets,
  asOfMs: number,
  { features, halfLifeMs }: { features: readonly Feature[]; halfLifeMs: number },
): RegressionSums & { readonly n: number } {
  const size = featureCount(features);
  const xx = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  const xr = Array.from({ length: size }, () => 0);
  let n = 0;
  const now = bucketOf(asOfMs, halfLifeMs);
  for (const [bucket, sums] of [...buckets].sort(([a], [b]) => a - b)) {
    const share = decay(Math.max(0, now - bucket)) / scale;
    n += sums.n * share * scale;
    let next = 0;
    for (const [i, row] of xx.entries()) {
      xr[i] = (xr[i] ?? 0) + Number(sums.xr[i] ?? 0n) * share;
      for (let j = 0; j <= i; j += 1, next += 1) row[j] = (row[j] ?? 0) + Number(sums.xx[next] ?? 0n) * share;
    }
  }
  return { n, xr, xx: xx.map((row, i) => row.map((_, j) => (j <= i ? row[j] : xx[j]?.[i]) ?? 0)) };
}

function productsOf(x: readonly number[], reward: number): ContextSums {
  const fixed = (value: number): bigint => BigInt(Math.round(value * scale));
  return {
    n: 1,
    xx: x.flatMap((value, i) => x.slice(0, i + 1).map((other) => fixed(value * other))),
    xr: x.map((value) => fixed(value * reward)),
  };
}

function add(sums: ContextSums | undefined, change: ContextSums, times: 1 | -1): ContextSums {
  const by = BigInt(times);
  return {
    n: (sums?.n ?? 0) + times,
    xx: change.xx.map((value, i) => (sums?.xx[i] ?? 0n) + by * value),
    xr: change.xr.map((value, i) => (sums?.xr[i] ?? 0n) + by * value),
  };
}
