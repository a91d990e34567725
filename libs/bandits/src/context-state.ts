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

export interface ContextPlan {
  readonly features: readonly Feature[];
  readonly halfLifeMs: number;
}

/** What an outcome changes, for the one that writes it down. */
export interface ContextChange {
  readonly arm: string;
  readonly bucket: number;
  readonly by: ContextSums;
}

/** Of an outcome that is added or, by -1, taken away again. @throws RangeError naming the reward where it is no finite number. */
export function contextChange(
  { arm, servedAtMs, attributes, reward }: ContextOutcome,
  { features, halfLifeMs }: ContextPlan,
  times: 1 | -1 = 1,
): ContextChange {
  if (!Number.isFinite(reward)) throw new RangeError('reward must be a finite number');
  return {
    arm,
    bucket: bucketOf(servedAtMs, halfLifeMs),
    by: productsOf(featureVector(features, attributes), reward, times),
  };
}

/** The state with an outcome added (or, by -1, taken away again). */
export function learnInContext(
  state: ContextState,
  outcome: ContextOutcome,
  plan: ContextPlan,
  times: 1 | -1 = 1,
): ContextState {
  const { arm, bucket, by } = contextChange(outcome, plan, times);
  const buckets = new Map(state.get(arm));
  return new Map(state).set(arm, buckets.set(bucket, addContextSums(buckets.get(bucket), by)));
}

export function addContextSums(sums: ContextSums | undefined, change: ContextSums): ContextSums {
  return {
    n: (sums?.n ?? 0) + change.n,
    xx: change.xx.map((value, i) => (sums?.xx[i] ?? 0n) + value),
    xr: change.xr.map((value, i) => (sums?.xr[i] ?? 0n) + value),
  };
}

/** Sums of an arm as of an instant: each bucket times 2^(-age/64), in ascending order. */
export function discountedRegression(
  buckets: ContextBuckets,
  asOfMs: number,
  { features, halfLifeMs }: ContextPlan,
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

function productsOf(x: readonly number[], reward: number, times: 1 | -1): ContextSums {
  const fixed = (value: number): bigint => BigInt(times) * BigInt(Math.round(value * scale));
  return {
    n: times,
    xx: x.flatMap((value, i) => x.slice(0, i + 1).map((other) => fixed(value * other))),
    xr: x.map((value) => fixed(value * reward)),
  };
}
