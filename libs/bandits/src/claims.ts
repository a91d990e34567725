// What may be claimed of the arms of a bandit: overlap-weighted means, which neither the moving weights nor a drifting base rate bias.
import {
  estimate,
  fromFixed,
  halfWidth,
  multiplyFixed,
  overlapWeight,
  ratioMean,
  toFixed,
  tuning,
  type Fixed,
  type RatioMean,
  type UnitTotals,
  type Weights,
} from '@weir/stats';

/** Of one arm: h is a record's overlap weight, r its reward. Whole multiples of 2^-32: no order changes them. Never discounted. */
export interface ClaimSums {
  readonly n: number;
  readonly d: Fixed;
  readonly y: Fixed;
  readonly dd: Fixed;
  readonly yd: Fixed;
  readonly yy: Fixed;
}

export const noClaims: ClaimSums = { n: 0, d: 0n, y: 0n, dd: 0n, yd: 0n, yy: 0n };

/** One outcome (or the removal of one), with the weights that its own prediction was decided by. Weight 0 for its own arm: counted, not compared. */
export function claimSums(record: { weights: Weights; arm: string; reward: number }, times: 1 | -1 = 1): ClaimSums {
  if (!Number.isFinite(record.reward)) throw new RangeError('reward must be a finite number');
  const d = toFixed(overlapWeight(record.weights, record.arm));
  const y = multiplyFixed(d, toFixed(record.reward));
  const sign = BigInt(times);
  return {
    n: times,
    d: sign * d,
    y: sign * y,
    dd: sign * multiplyFixed(d, d),
    yd: sign * multiplyFixed(y, d),
    yy: sign * multiplyFixed(y, y),
  };
}

export function addClaims(a: ClaimSums, b: ClaimSums): ClaimSums {
  return { n: a.n + b.n, d: a.d + b.d, y: a.y + b.y, dd: a.dd + b.dd, yd: a.yd + b.yd, yy: a.yy + b.yy };
}

/** The overlap-weighted mean of an arm and its variance, records independent; null without two records. */
export function claimedMean({ n, d, y, dd, yd, yy }: ClaimSums): RatioMean | null {
  const totals: UnitTotals = {
    ...{ n, d: fromFixed(d), y: fromFixed(y), dd: fromFixed(dd), yd: fromFixed(yd), yy: fromFixed(yy) },
    ...{ x: 0, xx: 0, xy: 0, xd: 0 },
  };
  return ratioMean(totals);
}

export interface ClaimedContrast {
  readonly arm: string;
  readonly against: string;
  readonly difference: number;
  /** Holds at every look, together with those of all other pairs. Null: below 100 records of either arm, or nothing varies. */
  readonly interval: readonly [number, number] | null;
}

export interface ContrastPlan {
  /** For all pairs together. */
  readonly alpha: number;
  /** In the metric's unit, above 0: intervals are narrowest where they tell such a difference. */
  readonly difference: number;
}

/** The normal approximation is not trusted below so many records per arm. */
const leastRecords = 100;

/**
 * One arm against each other. Within an epoch a record's h times the probability of its arm is the same for all arms, so that what the base rate does cancels and
 * sums stay martingales under weights that follow the outcomes: the asymptotic confidence sequence holds (Waudby-Smith et al. 2021; adaptive weights: 2022).
 * alpha is split over all K(K-1)/2 pairs, since which arm leads is read from the same outcomes. Only where each prediction is assigned by itself.
 */
export function contrastsOf(
  arm: string,
  means: Readonly<Record<string, RatioMean | null>>,
  { alpha, difference: target }: ContrastPlan,
): ClaimedContrast[] {
  const names = Object.keys(means);
  const pairs = (names.length * (names.length - 1)) / 2;
  const own = means[arm];
  if (!own) return [];
  return names.flatMap((against) => {
    const other = means[against];
    if (against === arm || !other) return [];
    const { difference, standardError } = estimate(own, other, 1);
    const enough = Math.min(own.units, other.units) >= leastRecords && standardError > 0;
    const q = (tuning(alpha / pairs) * target ** 2) / (2 * standardError ** 2);
    const half = standardError * halfWidth(q, alpha / pairs, 'two');
    return [{ arm, against, difference, interval: enough ? ([difference - half, difference + half] as const) : null }];
  });
}
