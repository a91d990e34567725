// Where an effect comes from: the same contrast in each segment, with the warning that so many comparisons deserve. Decides nothing.
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { estimate, type Estimate } from './contrast';
import { adjustByCovariate } from './covariate-adjustment';
import { type UnitTotals } from './evidence-row';
import { type ArmPair } from './mean-sequence';
import { benjaminiHochberg } from './multiple-comparisons';
import { chiSquareTail } from './numerics/gamma-tail';

/** Of one segment and candidate: both arms over the records in which both had weight. */
export interface SegmentTotals {
  /** null: of no segment. */
  readonly segment: string | null;
  readonly candidate: string;
  readonly totals: ArmPair<UnitTotals>;
}

export interface SegmentArm {
  /** Distinct units; a prediction without a unit is its own. */
  readonly units: number;
  /** Overlap-weighted mean; null: none yet. */
  readonly value: number | null;
}

export interface SegmentEffect {
  readonly segment: string | null;
  readonly candidate: string;
  readonly baseline: SegmentArm;
  readonly candidateCounts: SegmentArm;
  /** Candidate less baseline, in the metric's unit; null: fewer than 100 units in an arm, or nothing varies. */
  readonly effect: number | null;
  readonly standardError: number | null;
  /** Time-uniform at 1 - alpha, of this segment alone. */
  readonly interval: readonly [number, number] | null;
  /** Always valid, of this segment alone. */
  readonly pValue: number | null;
  /** Raised by Benjamini and Hochberg over all that could be told. */
  readonly adjustedPValue: number | null;
}

export interface Heterogeneity {
  readonly candidate: string;
  /** Cochran's Q: sum of (effect - mean effect)^2/variance over segments. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** That segments differ so much by chance; of one look. */
  readonly pValue: number;
}

export interface BrokenDown {
  readonly segments: readonly SegmentEffect[];
  /** By candidate, where two segments or more can be told. */
  readonly heterogeneity: readonly Heterogeneity[];
  /** How many comparisons could be told, and how many of them one look would find different by chance alone. */
  readonly comparisons: number;
  readonly expectedByChance: number;
}

const leastUnits = 100;

/** Units of both arms at which a segment's interval is narrowest. Nobody plans the size of a segment. */
const plannedUnits = 10_000;

/**
 * The asymptotic confidence sequence of each segment's contrast, adjusted by the covariate where there is one; p values by Benjamini and Hochberg, and whether the
 * segments differ among themselves. alpha in (0, 1), of one comparison. Reference: Benjamini and Hochberg 1995; Cochran 1954.
 */
export function breakDown(given: readonly SegmentTotals[], alpha: number): BrokenDown {
  const told = given.map((each) => effectOf(each, alpha));
  const shown = told.flatMap(({ pValue }) => (pValue === null ? [] : [pValue]));
  const raised = benjaminiHochberg(shown);
  let next = 0;
  const segments = told.map((each) => ({
    ...each,
    adjustedPValue: each.pValue === null ? null : (raised[next++] ?? null),
  }));
  const candidates = [...new Set(given.map(({ candidate }) => candidate))];
  return {
    segments,
    heterogeneity: candidates.flatMap((candidate) => heterogeneityOf(candidate, segments)),
    comparisons: shown.length,
    expectedByChance: shown.length * alpha,
  };
}

function effectOf({ segment, candidate, totals }: SegmentTotals, alpha: number): Omit<SegmentEffect, 'adjustedPValue'> {
  const contrast = contrastArms(totals);
  const seen = {
    ...{ segment, candidate },
    ...{ baseline: armOf(totals.baseline), candidateCounts: armOf(totals.candidate) },
  };
  if (!contrast) return { ...seen, effect: null, standardError: null, interval: null, pValue: null };
  const { difference, standardError } = contrast;
  const q = ((totals.baseline.n + totals.candidate.n) * tuning(alpha)) / plannedUnits;
  const half = standardError * halfWidth(q, alpha, 'two');
  return {
    ...{ ...seen, effect: difference, standardError },
    interval: [difference - half, difference + half],
    pValue: Math.exp(-logEvidence(difference / standardError, q, 'two')),
  };
}

function armOf({ n, y, d }: UnitTotals): SegmentArm {
  return { units: n, value: d > 0 ? y / d : null };
}

/** Candidate less baseline; null: too few units, or nothing varies. */
export function contrastArms({ baseline, candidate }: ArmPair<UnitTotals>): Estimate | null {
  if (Math.min(baseline.n, candidate.n) < leastUnits) return null;
  const [control, arm] = adjustByCovariate([baseline, candidate])?.arms ?? [];
  if (!control || !arm) return null;
  const found = estimate(arm.adjusted, control.adjusted, 1);
  return found.standardError > 0 ? found : null;
}

function heterogeneityOf(candidate: string, segments: readonly SegmentEffect[]): Heterogeneity[] {
  const told = segments.flatMap(({ candidate: of, effect, standardError }) =>
    of === candidate && effect !== null && standardError !== null ? [{ effect, weight: standardError ** -2 }] : [],
  );
  if (told.length < 2) return [];
  const total = told.reduce((sum, { weight }) => sum + weight, 0);
  const mean = told.reduce((sum, { effect, weight }) => sum + effect * weight, 0) / total;
  const statistic = told.reduce((sum, { effect, weight }) => sum + weight * (effect - mean) ** 2, 0);
  const degreesOfFreedom = told.length - 1;
  return [{ candidate, statistic, degreesOfFreedom, pValue: chiSquareTail(statistic, degreesOfFreedom) }];
}
