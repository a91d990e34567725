// The sequential test of an unbounded numeric metric: a confidence sequence on the overlap-weighted contrast of two arms.
import { type ArmTotals } from './arm-totals';
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { contrastOf, estimate, ratioMean, worthOf, type RatioMean } from './contrast';
import { type BinaryTest, type NumericTest } from './guardrail-plan';

/** The normal approximation is not trusted below so many units per arm, nor where they are worth fewer equal ones. */
const leastUnits = 100;

export interface ArmPair<T> {
  readonly baseline: T;
  readonly candidate: T;
}

function means(totals: ArmPair<ArmTotals>, units: number): ArmPair<RatioMean> | null {
  const [baseline, candidate] = [ratioMean(totals.baseline.unitSums), ratioMean(totals.candidate.unitSums)];
  if (!baseline || !candidate || Math.min(baseline.units, candidate.units) < units) return null;
  return { baseline, candidate };
}

function leastWorth({ baseline, candidate }: ArmPair<ArmTotals>): number {
  return Math.min(worthOf(baseline.unitSums), worthOf(candidate.unitSums));
}

/**
 * The information I = 1/Var at which the sequence is narrowest: I* = 2/m^2 (twice what shows a difference of the margin at one standard error).
 * A relative margin takes stable's mean at the first look that may decide; without a margin ten times the information of that look. Null: no look yet.
 */
export function targetInformation(
  totals: ArmPair<ArmTotals>,
  test: BinaryTest | NumericTest,
  minUnits: number,
): number | null {
  const margin = 'absolute' in test.margin ? test.margin.absolute : null;
  if (margin !== null && margin > 0) return 2 / margin ** 2;
  const pair = means(totals, Math.max(leastUnits, minUnits));
  if (!pair) return null;
  const inUnits = 'relative' in test.margin ? test.margin.relative * Math.abs(pair.baseline.mean) : 0;
  if (inUnits > 0) return 2 / inUnits ** 2;
  const { standardError } = estimate(pair.candidate, pair.baseline, 1);
  return standardError > 0 ? 10 / standardError ** 2 : null;
}

/** ln of 1/p of the one-sided sequence at alpha, for harm (1) or acceptance (-1). Null: too few units, or nothing varies. */
export function logMeanEvidence(
  totals: ArmPair<ArmTotals>,
  test: NumericTest,
  options: { minUnits: number; target: number | null; alpha: number; side: 1 | -1 },
): number | null {
  const pair = means(totals, Math.max(leastUnits, options.minUnits));
  if (!pair || options.target === null || leastWorth(totals) < leastUnits) return null;
  const { sign, kappa, margin } = contrastOf(test);
  const { difference, standardError } = estimate(pair.candidate, pair.baseline, kappa);
  if (!(standardError > 0)) return null;
  const q = tuning(2 * options.alpha) / standardError ** 2 / options.target;
  const z = (-options.side * (sign * difference + margin)) / standardError;
  return logEvidence(z, q, 'one');
}

/** The difference of means, candidate less stable, in the metric's unit; its two-sided time-uniform interval from 100 units per arm on. */
export function meanDifference(
  totals: ArmPair<ArmTotals>,
  options: { target: number | null; alpha: number },
): { effect: number; interval: [number, number] | null } | null {
  const pair = means(totals, 2);
  if (!pair) return null;
  const { difference, standardError } = estimate(pair.candidate, pair.baseline, 1);
  const enough = Math.min(pair.baseline.units, pair.candidate.units) >= leastUnits;
  if (!enough || options.target === null || !(standardError > 0)) return { effect: difference, interval: null };
  const q = tuning(options.alpha) / standardError ** 2 / options.target;
  const half = standardError * halfWidth(q, options.alpha, 'two');
  return { effect: difference, interval: [difference - half, difference + half] };
}
