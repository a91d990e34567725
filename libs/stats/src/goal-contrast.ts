// How far two arms are apart in one metric, in a form that serves every level: the estimate, and its bounds at so many standard errors.
import { type ArmTotals } from './arm-totals';
import { estimate, type Estimate } from './contrast';
import { adjustByCovariate, adjustedLift } from './covariate-adjustment';
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
  return kind === 'quantile' ? contrastQuantiles(totals, quantile) : contrastMeans(totals);
}

/**
 * Means of overlap-weighted sums, adjusted by the units' covariate: theta is 0 where there is none, and the means are as they are.
 * Reference: statistics.md, "Counting"; covariate-adjustment.ts.
 */
function contrastMeans({ baseline, candidate }: ArmPair<ArmTotals>): GoalContrast | null {
  const [control, arm] = adjustByCovariate([baseline.unitSums, candidate.unitSums])?.arms ?? [];
  if (!control || !arm) return null;
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
