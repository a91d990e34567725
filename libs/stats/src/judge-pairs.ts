// What paired values say of a limit: pass, fail or inconclusive, with the numbers that a sentence is made of.
import { halfWidth } from './confidence-sequence';
import { ratioMean } from './contrast';
import { expFinite } from './numerics/log-sum';
import { logBeta } from './numerics/log-gamma';
import { pairAcceptance, pairHarm, tunedInformation, type PairTest } from './pair-test';
import { hasRepeats, type PairTotals } from './pair-totals';

export interface PairLimits {
  readonly test: PairTest;
  /** Probability of a breach by chance over the whole life of the test, and of a pass beyond the limit. */
  readonly alpha: number;
  readonly beta: number;
}

export interface PairBreach {
  readonly logE: number;
  readonly logThreshold: number;
  /** Where it was seen: of all, or of one segment. */
  readonly segment: string | null;
}

export interface PairNumbers {
  readonly accepted: boolean;
  /** The mean of the values; null: none yet. */
  readonly mean: number | null;
  /** Time-uniform, at 1 - alpha; null: too few. */
  readonly interval: [number, number] | null;
  readonly harm: { readonly eValue: number | null; readonly threshold: number };
  readonly acceptance: { readonly eValue: number | null; readonly threshold: number };
  readonly pairs: number;
  readonly units: number;
}

/** @param share of the alpha that this look at a part of the pairs has. */
export function breachOf(
  totals: PairTotals,
  { test, alpha }: PairLimits,
  share: number,
): Omit<PairBreach, 'segment'> | null {
  const { logE, logThreshold } = pairHarm(totals, test, alpha * share);
  return logE !== null && logE >= logThreshold ? { logE, logThreshold } : null;
}

/** Half of alpha is for all pairs, half for the segments in the order in which they were first seen, k from 1: 1/(k(k+1)) sums to 1. */
export function segmentShare(ordinal: number): number {
  return 1 / (2 * ordinal * (ordinal + 1));
}

export function judgePairs(totals: PairTotals, { test, alpha, beta }: PairLimits, share: number): PairNumbers {
  const harm = pairHarm(totals, test, alpha * share);
  const acceptance = pairAcceptance(totals, test, beta);
  return {
    accepted: acceptance.logE !== null && acceptance.logE >= acceptance.logThreshold,
    mean: totals.n > 0 ? totals.sum / totals.n : null,
    interval: intervalOf(totals, test, alpha * share),
    harm: { eValue: valueOf(harm.logE), threshold: Math.exp(harm.logThreshold) },
    acceptance: { eValue: valueOf(acceptance.logE), threshold: Math.exp(acceptance.logThreshold) },
    pairs: totals.n,
    units: Math.round(totals.units.n),
  };
}

function valueOf(logE: number | null): number | null {
  return logE === null ? null : expFinite(logE);
}

/** Shares of units that come once: exact. Else a confidence sequence of the mean, clustered by unit, from 100 units on. */
export function intervalOf(totals: PairTotals, { kind, most }: PairTest, alpha: number): [number, number] | null {
  if (kind === 'agreement' && !hasRepeats(totals)) return shareInterval(totals.sum, totals.n, alpha);
  const found = ratioMean(totals.units);
  if (!found || Math.round(found.units) < 100 || found.variance === 0) return null;
  const error = Math.sqrt(found.variance);
  const half = error * halfWidth(tunedInformation(error, most || 0.01, alpha / 2), alpha, 'two');
  const [low, high] = [found.mean - half, found.mean + half];
  return kind === 'agreement' ? [Math.max(0, low), Math.min(1, high)] : [low, high];
}

/** All p with B(k+1, n-k+1)/(p^k (1-p)^(n-k)) < 1/alpha: the uniform mixture, valid at any time. */
export function shareInterval(k: number, n: number, alpha: number): [number, number] | null {
  if (n === 0) return null;
  const mixed = logBeta(k + 1, n - k + 1);
  const isOut = (p: number) =>
    mixed - (k > 0 ? k * Math.log(p) : 0) - (n > k ? (n - k) * Math.log1p(-p) : 0) >= -Math.log(alpha);
  return [k > 0 ? edge(0, k / n, isOut) : 0, k < n ? edge(1, k / n, isOut) : 1];
}

/** Between what is out and what is in. */
function edge(out: number, within: number, isOut: (p: number) => boolean): number {
  let [far, near] = [out, within];
  for (let step = 0; step < 50; step += 1) {
    const middle = (far + near) / 2;
    if (isOut(middle)) far = middle;
    else near = middle;
  }
  return near;
}
