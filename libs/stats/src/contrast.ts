// What "not worse by more than the margin" means for a metric with a mean, as one inequality that all tests of means share.
import { type UnitTotals } from './evidence-row';
import { type BinaryTest, type NumericTest } from './guardrail-plan';

/** Not worse: sign(mu_c - kappa mu_b) + margin >= 0. */
export interface Contrast {
  /** 1: greater is better; -1: less is. */
  readonly sign: 1 | -1;
  /** 1 for an absolute margin; 1 - sign delta for a relative one, which so needs no division by stable's mean. */
  readonly kappa: number;
  /** In the metric's unit; 0 for a relative margin. */
  readonly margin: number;
}

export function contrastOf({ direction, margin }: BinaryTest | NumericTest): Contrast {
  const sign = direction === 'up' ? 1 : -1;
  if ('absolute' in margin) return { sign, kappa: 1, margin: margin.absolute };
  return { sign, kappa: 1 - sign * margin.relative, margin: 0 };
}

/** Of one arm: R = sum Y / sum D over units, and its variance. */
export interface RatioMean {
  readonly units: number;
  readonly mean: number;
  readonly variance: number;
}

type OfUnits = Pick<UnitTotals, 'n' | 'y' | 'd' | 'yy' | 'yd' | 'dd'>;

/**
 * Overlap-weighted mean of one arm: Var R = n/(n-1) sum (Y_i - R D_i)^2 / (sum D)^2, units independent. Null without two units.
 * Reference: Deng, Knoblich and Lu 2018, "Applying the delta method in metric analytics"; weights: Li, Morgan and Zaslavsky 2018.
 */
export function ratioMean({ n, y, d, yy, yd, dd }: OfUnits): RatioMean | null {
  if (!(n >= 2) || !(d > 0)) return null;
  const mean = y / d;
  const residuals = yy - 2 * mean * yd + mean * mean * dd;
  // what cancellation leaves of a metric that does not vary is no variance
  const noise = 1e-12 * (yy + mean * mean * dd);
  const variance = residuals <= noise ? 0 : ((n / (n - 1)) * residuals) / (d * d);
  return { units: n, mean, variance };
}

/** So many equal units are the weighted ones worth (Kish): few where some are most of the denominator, or most have none of it. */
export function worthOf({ d, dd }: Pick<UnitTotals, 'd' | 'dd'>): number {
  // a sum of rounded parts
  return dd > 0 ? ((d * d) / dd) * (1 + 1e-9) : 0;
}

export interface Estimate {
  readonly difference: number;
  readonly standardError: number;
}

/** mu_c - kappa mu_b with its standard error, both in the metric's unit. */
export function estimate(candidate: RatioMean, baseline: RatioMean, kappa: number): Estimate {
  return {
    difference: candidate.mean - kappa * baseline.mean,
    standardError: Math.sqrt(candidate.variance + kappa * kappa * baseline.variance),
  };
}
