// Simulated A/B experiments: skewed units, a base rate that drifts, weights that change on the way.
import { noTotals } from './arm-totals';
import { type Asked } from './compared-arms';
import { logEvidence, tuning } from './confidence-sequence';
import { estimate, ratioMean } from './contrast';
import { overlapWeight } from './counting/overlap-weight';
import { type UnitTotals } from './evidence-row';
import { evidenceRow } from './evidence-row.fixture';
import { normal, type Random } from './numerics/seeded-draws';
import { foldSampleRatio, judgeSampleRatio, openSampleRatio } from './sample-ratio';

export interface Experiment {
  readonly units: number;
  readonly looks: number;
  /** Added to the candidate's rate. */
  readonly effect: number;
  /** The candidate's share of the units in the first and in the second half. */
  readonly shares: readonly [number, number];
}

export interface Course {
  /** The sequence excluded 0 at some look. */
  readonly decided: boolean;
  readonly sampleRatioAlarm: boolean;
  /** At the end, by arm. */
  readonly totals: { readonly v1: UnitTotals; readonly v2: UnitTotals };
}

/** Below so many units per arm the sequence is not read. */
const leastUnits = 100;

export function addUnit(totals: UnitTotals, y: number, d: number, x: number): UnitTotals {
  return {
    n: totals.n + 1,
    ...{ y: totals.y + y, d: totals.d + d, yy: totals.yy + y * y, yd: totals.yd + y * d, dd: totals.dd + d * d },
    ...{ x: totals.x + x, xx: totals.xx + x * x, xy: totals.xy + x * y, xd: totals.xd + x * d },
  };
}

/** A unit comes with a lognormal number of predictions and a taste of its own; the base rate falls from 60 % to 30 % over the experiment. */
export function runExperiment({ units, looks, effect, shares }: Experiment, asked: Asked, random: Random): Course {
  const totals = { v1: noTotals.unitSums, v2: noTotals.unitSums };
  const plan = { arms: ['v1', 'v2'] };
  let sampleRatio = openSampleRatio(plan);
  let decided = false;
  for (let look = 0; look < looks; look += 1) {
    const bps = Math.round(10_000 * (look < looks / 2 ? shares[0] : shares[1]));
    const weights = { v1: 10_000 - bps, v2: bps };
    const arrived = { v1: 0, v2: 0 };
    for (let unit = 0; unit < units / looks; unit += 1) {
      const arm = random() < bps / 10_000 ? 'v2' : 'v1';
      const predictions = Math.ceil(Math.exp(normal(random)));
      const base = 0.6 - (0.3 * look) / looks + (random() < 0.5 ? 0.1 : -0.1);
      const rate = base + (arm === 'v2' ? effect : 0);
      let hits = 0;
      for (let each = 0; each < predictions; each += 1) if (random() < rate) hits += 1;
      const h = overlapWeight(weights, arm);
      totals[arm] = addUnit(totals[arm], h * hits, h * predictions, h * predictions * base);
      arrived[arm] += 1;
    }
    const rows = (['v1', 'v2'] as const).map((arm) =>
      evidenceRow({ index: look, arm, weights, newUnits: arrived[arm] }),
    );
    sampleRatio = foldSampleRatio(sampleRatio, plan, rows);
    decided ||= excludesNothing(totals, units, asked);
  }
  return { decided, sampleRatioAlarm: judgeSampleRatio(sampleRatio, plan).mismatch, totals };
}

function excludesNothing({ v1, v2 }: Course['totals'], plannedUnits: number, asked: Asked): boolean {
  const [baseline, candidate] = [ratioMean(v1), ratioMean(v2)];
  if (!baseline || !candidate || Math.min(baseline.units, candidate.units) < leastUnits) return false;
  const { difference, standardError } = estimate(candidate, baseline, 1);
  const q = ((baseline.units + candidate.units) * tuning(asked.alpha)) / plannedUnits;
  return logEvidence(difference / standardError, q, 'two') >= -Math.log(asked.alpha);
}

/** Exponential values, mean 1 and variance 1 in both arms but for the effect; looked at evenly, or once at the end. */
export function findsEffect(
  { unitsPerArm, effect, looks }: { unitsPerArm: number; effect: number; looks: number },
  asked: Asked,
  test: (candidate: ExponentialArm, baseline: ExponentialArm, asked: Asked) => boolean,
  random: Random,
): boolean {
  const arms = { baseline: { n: 0, sum: 0, squares: 0 }, candidate: { n: 0, sum: 0, squares: 0 } };
  for (let look = 1; look <= looks; look += 1) {
    const until = Math.round((unitsPerArm * look) / looks);
    while (arms.baseline.n < until) {
      add(arms.baseline, -Math.log(1 - random()));
      add(arms.candidate, effect - Math.log(1 - random()));
    }
    if (test(arms.candidate, arms.baseline, asked)) return true;
  }
  return false;
}

export interface ExponentialArm {
  n: number;
  sum: number;
  squares: number;
}

function add(arm: ExponentialArm, value: number): void {
  arm.n += 1;
  arm.sum += value;
  arm.squares += value * value;
}

export function meanOfArm({ n, sum, squares }: ExponentialArm) {
  return { units: n, mean: sum / n, variance: (squares - (sum * sum) / n) / (n - 1) / n };
}

/** Binomial bounds: what is further from the claim than chance goes once in a thousand. */
export function slack(share: number, runs: number): number {
  return 3.09 * Math.sqrt((share * (1 - share)) / runs);
}
