// Tests that are looked at once, at an end that was fixed before: Welch's for means and ratio metrics, the pooled z for proportions.
import { type Alternative, type Asked, type ProportionArm } from './compared-arms';
import { estimate, type Estimate, type RatioMean } from './contrast';
import { normalQuantile, normalTail } from './numerics/normal-tail';
import { studentQuantile, studentTail } from './numerics/student-tail';
import { relativeLift } from './relative-lift';

const { max, min, sqrt } = Math;

/** An open end is null. */
export type Interval = readonly [low: number | null, high: number | null];

export interface FixedResult extends Estimate {
  /** difference/standardError; where nothing varies 0, or the greatest double with the sign of the difference. */
  readonly statistic: number;
  readonly pValue: number;
  readonly interval: Interval;
}

/** Of the statistic if nothing differs: P(> t), and t with P(> t) = p. */
interface NullDistribution {
  readonly tail: (t: number) => number;
  readonly quantile: (p: number) => number;
}

const normal: NullDistribution = { tail: normalTail, quantile: normalQuantile };

function student(degreesOfFreedom: number): NullDistribution {
  return {
    tail: (t) => studentTail(t, degreesOfFreedom),
    quantile: (p) => studentQuantile(p, degreesOfFreedom),
  };
}

/**
 * Welch-Satterthwaite: (v_A + v_B)^2 / (v_A^2/(n_A - 1) + v_B^2/(n_B - 1)), v the variance of a mean. Where neither varies n_A + n_B - 2.
 * Reference: Welch 1947.
 */
function welchDegreesOfFreedom(arm: RatioMean, control: RatioMean): number {
  const sum = arm.variance + control.variance;
  if (!(sum > 0)) return Math.max(1, arm.units + control.units - 2);
  // an arm that does not vary has no part in it: of one unit nothing varies
  const part = ({ variance, units }: RatioMean): number => (variance > 0 ? (variance / sum) ** 2 / (units - 1) : 0);
  return 1 / (part(arm) + part(control));
}

/** Two means, or ratio metrics by their linear form, by Welch's t; the baseline's mean is not 0. The relative difference shares the degrees of freedom. */
export function meansTest(arm: RatioMean, control: RatioMean, asked: Asked) {
  const degreesOfFreedom = welchDegreesOfFreedom(arm, control);
  const welch = student(degreesOfFreedom);
  return {
    absolute: fixedTest(estimate(arm, control, 1), welch, asked),
    relative: fixedTest(relativeLift(arm, control), welch, asked),
    degreesOfFreedom,
  };
}

/** An estimate against 0 under a distribution of its statistic, with the interval that belongs to the test. */
function fixedTest(estimate: Estimate, distribution: NullDistribution, asked: Asked): FixedResult {
  const { difference, standardError } = estimate;
  const ratio = standardError > 0 ? difference / standardError : Infinity * Math.sign(difference);
  const statistic = difference === 0 ? 0 : max(-Number.MAX_VALUE, min(Number.MAX_VALUE, ratio));
  const pValue = pOf(statistic, distribution, asked.alternative);
  const half = standardError * critical(distribution, asked);
  return { difference, standardError, statistic, pValue, interval: ends(difference, half, half, asked.alternative) };
}

function pOf(statistic: number, { tail }: NullDistribution, alternative: Alternative): number {
  if (alternative === 'two-sided') return min(1, 2 * tail(Math.abs(statistic)));
  return tail(alternative === 'greater' ? statistic : -statistic);
}

function critical({ quantile }: NullDistribution, { alpha, alternative }: Asked): number {
  return quantile(alternative === 'two-sided' ? alpha / 2 : alpha);
}

function ends(middle: number, below: number, above: number, alternative: Alternative): Interval {
  return [alternative === 'less' ? null : middle - below, alternative === 'greater' ? null : middle + above];
}

/**
 * Two proportions: z with the pooled variance p(1 - p)(1/n_A + 1/n_B), and Newcombe's interval from the two Wilson intervals, which keeps its
 * coverage with few successes and stays within -1 and 1. Reference: Newcombe 1998, "Interval estimation for the difference", method 10.
 */
export function proportionsTest(arm: ProportionArm, control: ProportionArm, asked: Asked): FixedResult {
  const [p, q] = [arm.successes / arm.n, control.successes / control.n];
  const n = arm.n + control.n;
  const pooled = (arm.successes + control.successes) / n;
  const failing = (n - arm.successes - control.successes) / n;
  const standardError = sqrt(pooled * failing * (1 / arm.n + 1 / control.n));
  const z = critical(normal, asked);
  const [low, high] = [wilson(arm, z), wilson(control, z)];
  const below = Math.hypot(low.below, high.above);
  const above = Math.hypot(low.above, high.below);
  const { statistic, pValue } = fixedTest({ difference: p - q, standardError }, normal, asked);
  return {
    difference: p - q,
    standardError,
    statistic,
    pValue,
    interval: ends(p - q, below, above, asked.alternative),
  };
}

/** How far Wilson's score interval reaches from the share seen, down and up. Reference: Wilson 1927. */
function wilson({ n, successes }: ProportionArm, z: number): { below: number; above: number } {
  const p = successes / n;
  const square = (z * z) / n;
  const middle = (p + square / 2) / (1 + square);
  const half = (z * sqrt((p * ((n - successes) / n)) / n + square / (4 * n))) / (1 + square);
  return { below: min(p, max(0, p - middle + half)), above: min((n - successes) / n, max(0, middle + half - p)) };
}
