// CUPED: the part of a metric that a covariate from before the experiment foretells is taken away, so that the rest varies less.
import { type Estimate, ratioMean, type RatioMean } from './contrast';
import { type UnitTotals } from './evidence-row';

/** An arm's mean as it is and adjusted. */
export interface AdjustedMean {
  readonly raw: RatioMean;
  readonly adjusted: RatioMean;
  /** Of the two means. */
  readonly covariance: number;
}

export interface Adjustment {
  /** Pooled over arms; 0 where the covariate does not vary: nothing is adjusted. */
  readonly theta: number;
  readonly arms: readonly AdjustedMean[];
}

interface Moments {
  readonly units: number;
  readonly raw: RatioMean;
  readonly covariateMean: number;
  readonly covariateVariance: number;
  /** Of the two residuals over mean D. */
  readonly covariance: number;
}

/**
 * R_a - theta (C_a - C), C_a = sum X/sum D the covariate's mean, C that of all arms, theta = Cov/Var of the residuals (Y - R D) and (X - C_a D), pooled within
 * arms so that no effect leaks into it. X_i is the covariate times D_i: it is weighed as the metric is, else an arm that grows while the covariate drifts
 * would be adjusted for its hour. Unbiased whatever theta, for the covariate is from before. Null: an arm without two units.
 * Reference: Deng, Xu, Kohavi and Walker 2013; for ratios Deng, Knoblich and Lu 2018.
 */
export function adjustByCovariate(totals: readonly UnitTotals[]): Adjustment | null {
  const arms = totals.flatMap((each) => momentsOf(each) ?? []);
  if (arms.length < totals.length) return null;
  const pooled = (read: (arm: Moments) => number): number =>
    arms.reduce((sum, arm) => sum + (arm.units - 1) * read(arm), 0);
  const spread = pooled(({ covariateVariance }) => covariateVariance);
  const theta = spread > 0 ? pooled(({ covariance }) => covariance) / spread : 0;
  const units = arms.reduce((sum, arm) => sum + arm.units, 0);
  const center = arms.reduce((sum, arm) => sum + arm.units * arm.covariateMean, 0) / units;
  return { theta, arms: arms.map((arm) => adjust(arm, theta, center)) };
}

function momentsOf(totals: UnitTotals): Moments | null {
  const raw = ratioMean(totals);
  if (!raw) return null;
  const { n, d, dd, yd, x, xx, xy, xd } = totals;
  const covariateMean = x / d;
  const scale = (n - 1) * (d / n) ** 2;
  const squares = xx - 2 * covariateMean * xd + covariateMean * covariateMean * dd;
  const products = xy - covariateMean * yd - raw.mean * xd + raw.mean * covariateMean * dd;
  return {
    units: n,
    raw,
    covariateMean,
    // what cancellation leaves of a covariate that does not vary is no variance
    covariateVariance: squares <= 1e-12 * (xx + covariateMean * covariateMean * dd) ? 0 : squares / scale,
    covariance: products / scale,
  };
}

function adjust({ units, raw, ...arm }: Moments, theta: number, center: number): AdjustedMean {
  const shared = (theta * arm.covariance) / units;
  const variance = raw.variance - 2 * shared + (theta * theta * arm.covariateVariance) / units;
  const mean = raw.mean - theta * (arm.covariateMean - center);
  return { raw, adjusted: { units, mean, variance: Math.max(0, variance) }, covariance: raw.variance - shared };
}

/**
 * Adjusted difference over the baseline's unadjusted mean C: (A_t - A_c)/|C|, by the delta method over three means,
 * V = (V_t + V_c + L^2 V_C + 2 L Cov(A_c, C))/C^2, L = (A_t - A_c)/C. C not 0.
 */
export function adjustedLift(arm: AdjustedMean, control: AdjustedMean): Estimate {
  const scale = Math.abs(control.raw.mean);
  const lift = (arm.adjusted.mean - control.adjusted.mean) / control.raw.mean;
  const variance =
    arm.adjusted.variance +
    control.adjusted.variance +
    lift * lift * control.raw.variance +
    2 * lift * control.covariance;
  return {
    difference: lift * Math.sign(control.raw.mean),
    standardError: Math.sqrt(Math.max(0, variance)) / scale,
  };
}
