// What another allocation would have earned on logged predictions: inverse propensities, self-normalised, doubly robust.

export interface LoggedRow {
  readonly reward: number;
  /** With which its arm was chosen, (0, 1]. */
  readonly propensity: number;
  /** With which the other allocation would have chosen that arm, 0 to 1. */
  readonly targetProbability: number;
  /** A model's reward of the arm that was chosen, and its mean over the arms as the other allocation chooses them. For all rows or for none. */
  readonly predicted?: number | undefined;
  readonly predictedTarget?: number | undefined;
  /** Rows of one unit are not independent: errors and the effective sample size are per unit. */
  readonly unit?: string | undefined;
}

export interface Estimates<T> {
  readonly ips: T;
  readonly snips: T;
  readonly dr?: T;
}

export interface OffPolicyEstimate extends Estimates<number> {
  /** Null: a single unit. */
  readonly standardErrors: Estimates<number | null>;
  /** (sum W)^2 / sum W^2 over units, W a unit's weights. */
  readonly effectiveSampleSize: number;
  /** Near 1 where the propensities are right and nothing is out of reach. */
  readonly meanWeight: number;
  readonly maxWeight: number;
  /** Rows whose weight was cut. */
  readonly clipped: number;
  readonly units: number;
  /** The effective sample size is 100 or more and the mean weight within 3 standard errors of 1. */
  readonly usable: boolean;
  /** Why it is not. */
  readonly refusals: readonly string[];
}

const leastSampleSize = 100;
const furthestErrors = 3;

/**
 * w = targetProbability/propensity, at most `clip`: IPS mean(w r), SNIPS sum(w r)/sum(w), DR mean(predictedTarget + w (r - predicted)).
 * Rows valid, their weights not all 0. Reference: Horvitz and Thompson 1952; Swaminathan and Joachims 2015; Dudik, Langford and Li 2011.
 */
export function evaluateOffPolicy(rows: readonly LoggedRow[], clip = Infinity): OffPolicyEstimate {
  const whole = rows.map((row) => row.targetProbability / row.propensity);
  const weights = whole.map((weight) => Math.min(weight, clip));
  const units = unitsOf(rows);
  const total = sum(weights);
  const snips = sum(rows.map(({ reward }, i) => (weights[i] ?? 0) * reward)) / total;
  const ips = meanOf(
    rows.map(({ reward }, i) => (weights[i] ?? 0) * reward),
    units,
  );
  const dr = doublyRobust(rows, weights, units);
  const residuals = rows.map(({ reward }, i) => (weights[i] ?? 0) * (reward - snips));
  const ofSnips = clusteredError(residuals, units, total);
  const meanWeight = meanOf(weights, units);
  const effectiveSampleSize = total ** 2 / sum(perUnit(weights, units).map((each) => each * each));
  const refusals = reasonsAgainst(effectiveSampleSize, meanWeight);
  return {
    ...{ ips: ips.mean, snips, ...(dr && { dr: dr.mean }) },
    standardErrors: { ips: ips.error, snips: ofSnips, ...(dr && { dr: dr.error }) },
    ...{ effectiveSampleSize, meanWeight: meanWeight.mean },
    maxWeight: weights.reduce((most, weight) => Math.max(most, weight), 0),
    clipped: whole.filter((weight) => weight > clip).length,
    units: units.count,
    ...{ usable: refusals.length === 0, refusals },
  };
}

interface Units {
  /** Of each row. */
  readonly index: readonly number[];
  readonly count: number;
}

function unitsOf(rows: readonly LoggedRow[]): Units {
  const known = new Map<string, number>();
  let count = 0;
  const index = rows.map(({ unit }) => {
    const found = unit === undefined ? undefined : known.get(unit);
    if (found !== undefined) return found;
    if (unit !== undefined) known.set(unit, count);
    count += 1;
    return count - 1;
  });
  return { index, count };
}

function doublyRobust(rows: readonly LoggedRow[], weights: readonly number[], units: Units): Mean | null {
  if (rows.some((row) => row.predicted === undefined || row.predictedTarget === undefined)) return null;
  const values = rows.map(({ reward, predicted = 0, predictedTarget = 0 }, i) => {
    return predictedTarget + (weights[i] ?? 0) * (reward - predicted);
  });
  return meanOf(values, units);
}

interface Mean {
  readonly mean: number;
  readonly error: number | null;
}

function meanOf(values: readonly number[], units: Units): Mean {
  const mean = sum(values) / values.length;
  return {
    mean,
    error: clusteredError(
      values.map((value) => value - mean),
      units,
      values.length,
    ),
  };
}

/** Of a ratio with such a denominator: sqrt(G/(G-1) sum over units of (sum of their residuals)^2) / denominator. */
function clusteredError(residuals: readonly number[], units: Units, denominator: number): number | null {
  if (units.count < 2) return null;
  const squares = sum(perUnit(residuals, units).map((each) => each * each));
  return Math.sqrt((units.count / (units.count - 1)) * squares) / denominator;
}

function perUnit(values: readonly number[], { index, count }: Units): number[] {
  const sums = Array.from({ length: count }, () => 0);
  for (const [row, value] of values.entries()) {
    const unit = index[row] ?? 0;
    sums[unit] = (sums[unit] ?? 0) + value;
  }
  return sums;
}

function reasonsAgainst(size: number, { mean, error }: Mean): string[] {
  // rounding is no evidence: weights that are all alike have no error at all
  const far = Math.abs(mean - 1) > furthestErrors * (error ?? 0) + 1e-9;
  return [
    ...(size < leastSampleSize
      ? [`the effective sample size is ${Number(size.toPrecision(3))}, below ${leastSampleSize}`]
      : []),
    ...(far
      ? [`the mean weight is ${Number(mean.toPrecision(4))}, further than ${furthestErrors} standard errors from 1`]
      : []),
  ];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
