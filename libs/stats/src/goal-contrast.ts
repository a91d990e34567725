// How far two arms are apart in one metric, in a form that serves every level: the estimate, and its bounds at so many standard errors.
import { type ArmTotals } from './arm-totals';
import { estimate, type Estimate } from './contrast';
import { adjustByCovariate, adjustedLift, type AdjustedMean } from './covariate-adjustment';
import { type UnitTotals } from './evidence-row';
import { type Goal } from './experiment-plan';
import { type ArmPair } from './mean-sequence';
import { contrastQuantiles } from './quantile-contrast';

export interface GoalContrast {
  /** Candidate less baseline, in the metric's unit. */
  readonly effect: number;
  /** So many standard errors is the effect away from 0. Not below 0; Infinity where no bound reaches 0. */
  readonly standardErrors: number;
  /** What the sequence's tuning is in terms of: 1/variance of a mean's effect, units of a quantile's. */
  readonly information: number;
  /** Of the effect, k standard errors away; null: beyond what was measured. */
  boundsAt(k: number): [number, number] | null;
  /** As a share of the baseline's mean; null where that is 0. */
  readonly relative: Estimate | null;
  /** Share of the variance that the covariate takes away; null: there is none. */
  readonly varianceReduction: number | null;
}

/** Null: nothing can be said yet, or nothing varies. */
export function contrastGoal(totals: ArmPair<ArmTotals>, { kind, quantile = 0.5 }: Goal): GoalContrast | null {
  return kind === 'quantile' ? contrastQuantiles(totals, quantile) : contrastMeans(totals, kind === 'rate');
}

/**
 * Means of overlap-weighted sums, adjusted by the units' covariate: theta is 0 where there is none, and the means are as they are.
 * Reference: statistics.md, "Counting"; covariate-adjustment.ts.
 */
function contrastMeans({ baseline, candidate }: ArmPair<ArmTotals>, isRate: boolean): GoalContrast | null {
  const [before, after] = adjustByCovariate([baseline.unitSums, candidate.unitSums])?.arms ?? [];
  if (!before || !after) return null;
  const control = isRate ? uncertain(before, baseline.unitSums) : before;
  const arm = isRate ? uncertain(after, candidate.unitSums) : after;
  const { difference, standardError } = estimate(arm.adjusted, control.adjusted, 1);
  if (!(standardError > 0)) return null;
  const raw = arm.raw.variance + control.raw.variance;
  const reduction = raw > 0 ? 1 - standardError ** 2 / raw : 0;
  return {
    effect: difference,
    standardErrors: Math.abs(difference) / standardError,
    information: 1 / standardError ** 2,
    boundsAt: (k) => [difference - k * standardError, difference + k * standardError],
    relative: control.raw.mean === 0 ? null : adjustedLift(arm, control),
    varianceReduction: baseline.unitSums.xx > 0 ? Math.max(0, reduction) : null,
  };
}

/**
 * An arm in which all or nothing happened is not certain of it, and one in which nothing does would never be told from one in which all does: its variance is that of one more
 * event and one more without (Laplace), of as many equal units as the weighted ones are worth.
 */
function uncertain(mean: AdjustedMean, { d, dd }: UnitTotals): AdjustedMean {
  if (mean.adjusted.variance > 0) return mean;
  const worth = (d * d) / dd;
  const rate = (mean.raw.mean * worth + 1) / (worth + 2);
  return { ...mean, adjusted: { ...mean.adjusted, variance: (rate * (1 - rate)) / worth } };
}
