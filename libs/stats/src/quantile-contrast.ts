// The difference of a latency quantile between two arms, from histograms of units' first latencies.
import { type ArmTotals } from './arm-totals';
import { fastestBin, latencyEdgesMs, slowestBin } from './counting/latency-bins';
import { type GoalContrast } from './goal-contrast';
import { type ArmPair } from './mean-sequence';

const { hypot, sqrt } = Math;

type Histogram = Readonly<Record<string, number>>;

interface Arm {
  readonly histogram: Histogram;
  readonly units: number;
  readonly at: number;
}

/**
 * Each arm's bounds are the quantiles at p -+ k sqrt(p(1 - p)/n); the difference's are theirs put together as Newcombe does for proportions, so that no density
 * has to be estimated. Failures are slower than every edge: an arm whose quantile lies there has none. Null: no quantile of one of both.
 * Reference: Newcombe 1998, method 10; Zou and Donner 2008 (MOVER).
 */
export function contrastQuantiles(totals: ArmPair<ArmTotals>, quantile: number): GoalContrast | null {
  const baseline = armOf(totals.baseline.firsts.histogram, quantile);
  const candidate = armOf(totals.candidate.firsts.histogram, quantile);
  if (!baseline || !candidate) return null;
  const effect = candidate.at - baseline.at;
  const boundsAt = (k: number): [number, number] | null => {
    const [b, c] = [boundsOf(baseline, quantile, k), boundsOf(candidate, quantile, k)];
    const low = effect - hypot(candidate.at - c.low, b.high - baseline.at);
    const high = effect + hypot(c.high - candidate.at, baseline.at - b.low);
    return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
  };
  return {
    effect,
    standardErrors: standardErrorsOf(effect, boundsAt),
    information: baseline.units + candidate.units,
    boundsAt,
    relative: null,
    varianceReduction: null,
  };
}

function armOf(histogram: Histogram, quantile: number): Arm | null {
  const units = Object.values(histogram).reduce((sum, count) => sum + count, 0);
  const at = quantileMs(histogram, units, quantile);
  return units > 0 && Number.isFinite(at) ? { histogram, units, at } : null;
}

function boundsOf({ histogram, units }: Arm, p: number, k: number): { low: number; high: number } {
  const half = k * sqrt((p * (1 - p)) / units);
  return { low: quantileMs(histogram, units, p - half), high: quantileMs(histogram, units, p + half) };
}

/** Milliseconds below which the share lies, between edges as if latencies were spread evenly over their logarithm; Infinity: above all edges. */
export function quantileMs(histogram: Histogram, units: number, share: number): number {
  if (share <= 0) return 0;
  let below = 0;
  for (let bin = fastestBin; bin < slowestBin; bin += 1) {
    const count = histogram[String(bin)] ?? 0;
    if (count > 0 && below + count >= share * units) return withinBin(bin, (share * units - below) / count);
    below += count;
  }
  return Infinity;
}

function withinBin(bin: number, part: number): number {
  const [low = 0, high = 0] =
    bin === fastestBin ? [0, latencyEdgesMs[0]] : [latencyEdgesMs[bin], latencyEdgesMs[bin + 1]];
  return low === 0 ? part * high : low * (high / low) ** part;
}

/** The k at which a bound reaches 0. */
function standardErrorsOf(effect: number, boundsAt: (k: number) => [number, number] | null): number {
  if (effect === 0) return 0;
  const excludes = (k: number): boolean => {
    const bounds = boundsAt(k);
    return bounds !== null && (bounds[0] > 0 || bounds[1] < 0);
  };
  let [inside, outside] = [0, 1];
  while (outside < 64 && excludes(outside)) [inside, outside] = [outside, outside * 2];
  for (let step = 0; step < 50; step += 1) {
    const middle = (inside + outside) / 2;
    if (excludes(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
