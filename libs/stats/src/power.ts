// Power of the fixed-horizon tests: how likely an effect is found with so many units.
import { type Asked } from './compared-arms';
import { normalQuantile, normalTail } from './numerics/normal-tail';
import { noncentralStudentTail, studentQuantile } from './numerics/student-tail';

const { min, sqrt } = Math;

/** What one knows before of the baseline: of a mean with its variance, or of a rate. */
export type PlannedBaseline = { readonly mean: number; readonly variance: number } | { readonly rate: number };

/** Units of the baseline and of the arm held against it. */
export type UnitsOfArms = readonly [baseline: number, arm: number];

/**
 * P(the test rejects | the effect), absolute in the metric's unit. Two-sided counts rejections on either side. Both arms vary alike.
 * Means: t of n_A + n_B - 2 degrees of freedom, noncentrality effect/sqrt(variance (1/n_A + 1/n_B)) (Cohen 1988, chapter 2).
 * Rates: z with the variance pooled under no difference, drawn from the two rates that are (Fleiss, Levin and Paik 2003, section 4.2).
 */
export function fixedPower(baseline: PlannedBaseline, effect: number, units: UnitsOfArms, asked: Asked): number {
  const towards = asked.alternative === 'less' ? -effect : effect;
  const alpha = asked.alternative === 'two-sided' ? asked.alpha / 2 : asked.alpha;
  const reject = 'rate' in baseline ? rates(baseline.rate, effect, units) : means(baseline.variance, units);
  const one = reject(towards, alpha);
  return asked.alternative === 'two-sided' ? min(1, one + reject(-towards, alpha)) : one;
}

/** P(statistic beyond its upper critical value), for a true difference. */
type Rejects = (difference: number, alpha: number) => number;

function means(variance: number, [a, b]: UnitsOfArms): Rejects {
  const degreesOfFreedom = a + b - 2;
  const standardError = sqrt(variance * (1 / a + 1 / b));
  return (difference, alpha) => {
    const noncentrality = difference === 0 ? 0 : difference / standardError;
    return noncentralStudentTail(studentQuantile(alpha, degreesOfFreedom), degreesOfFreedom, noncentrality);
  };
}

function rates(rate: number, effect: number, [a, b]: UnitsOfArms): Rejects {
  const other = rate + effect;
  const pooled = (a * rate + b * other) / (a + b);
  const underNull = sqrt(pooled * (1 - pooled) * (1 / a + 1 / b));
  const asIs = sqrt((rate * (1 - rate)) / a + (other * (1 - other)) / b);
  return (difference, alpha) => normalTail((normalQuantile(alpha) * underNull - difference) / asIs);
}

/** Variance of the difference with one unit per arm, from which the standard error at n per arm is its root over the root of n. */
export function varianceOfDifference(baseline: PlannedBaseline, effect: number): number {
  if (!('rate' in baseline)) return 2 * baseline.variance;
  const other = baseline.rate + effect;
  return baseline.rate * (1 - baseline.rate) + other * (1 - other);
}
