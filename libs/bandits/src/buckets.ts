// What an arm has earned, by when its predictions were served: whole numbers, so that the same outcomes give the same sums in any order.

/** Buckets in a half-life. */
const bucketsPerHalfLife = 64;
/** Fixed point: 2^-20. */
const scaleBits = 20;
const scale = 2 ** scaleBits;
/** Beyond this a reward counts as this. */
const largest = 2 ** 400;

export interface RewardSums {
  readonly n: number;
  /** Sum of rewards and of their squares, each reward and square rounded to a multiple of 2^-20 (9.5e-7). */
  readonly sum: bigint;
  readonly squares: bigint;
}

export const noRewards: RewardSums = { n: 0, sum: 0n, squares: 0n };

/** An arm's sums by bucket. */
export type Buckets = ReadonlyMap<number, RewardSums>;

/** The bucket of an instant: of width halfLife/64. Both in whole milliseconds since 1970, the half-life above 0. */
export function bucketOf(servedAtMs: number, halfLifeMs: number): number {
  return Math.floor((servedAtMs * bucketsPerHalfLife) / halfLifeMs);
}

/** One reward, or the removal of one. @throws RangeError for what is no number. */
export function rewardSums(reward: number, times: 1 | -1 = 1): RewardSums {
  if (Number.isNaN(reward)) throw new RangeError('a reward must be a number');
  const value = Math.min(Math.max(reward, -largest), largest);
  return { n: times, sum: BigInt(times) * toFixed(value), squares: BigInt(times) * toFixed(value * value) };
}

export function addRewards(a: RewardSums, b: RewardSums): RewardSums {
  return { n: a.n + b.n, sum: a.sum + b.sum, squares: a.squares + b.squares };
}

export interface DiscountedSums {
  /** Effective outcomes: what n outcomes of today would tell. */
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

/**
 * Sums as of an instant: each bucket times 2^(-age/64), age in buckets, added in ascending order. A bucket after the instant counts in full:
 * clocks differ, outcomes are not lost for it.
 */
export function discounted(buckets: Buckets, asOfMs: number, halfLifeMs: number): DiscountedSums {
  const now = bucketOf(asOfMs, halfLifeMs);
  const sums = { n: 0, sum: 0, squares: 0 };
  for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
    const { n, sum, squares } = buckets.get(bucket) ?? noRewards;
    const share = decay(Math.max(0, now - bucket));
    sums.n += n * share;
    sums.sum += fromFixed(sum) * share;
    sums.squares += fromFixed(squares) * share;
  }
  return sums;
}

/** From so many half-lives on an outcome counts less than 1e-15: its bucket can go. */
export function isForgotten(bucket: number, asOfMs: number, halfLifeMs: number): boolean {
  return bucketOf(asOfMs, halfLifeMs) - bucket > 50 * bucketsPerHalfLife;
}

/** 2^(-k/64) by square roots and products, which are the same everywhere; powers of two are exact. */
const root = Array.from({ length: 6 }).reduce<number>((value) => Math.sqrt(value), 0.5);
const fractions: readonly number[] = Array.from({ length: bucketsPerHalfLife }).reduce<number[]>(
  (all) => [...all, all.length === 0 ? 1 : (all.at(-1) ?? 1) * root],
  [],
);

/** 2^(-age/64), age whole and not negative. */
export function decay(age: number): number {
  const halvings = Math.floor(age / bucketsPerHalfLife);
  return halvings > 1_000 ? 0 : (fractions[age % bucketsPerHalfLife] ?? 1) * 2 ** -halvings;
}

const toFixed = (value: number): bigint => BigInt(Math.round(value * scale));

/** The nearest double. */
function fromFixed(value: bigint): number {
  return Number(value) / scale;
}
