// A candidate that has the traffic alone, against a limit that was drawn from stable's figures before: no comparison of two at once, and so not randomised.
import { halfWidth, logEvidence } from './confidence-sequence';
import { addHistograms } from './counting/latency-bins';
import { contrastOf, ratioMean, worthOf, type RatioMean } from './contrast';
import { type EvidenceRow, type UnitTotals } from './evidence-row';
import { defaultFloor, type GuardrailTest } from './guardrail-plan';
import { shareInterval } from './judge-pairs';
import { tunedInformation } from './pair-test';
import { burnIn, marginEdges, quantileEdge } from './slow-events';
import { addUnitTotals, noUnitTotals } from './unit-totals';

/** What one arm has shown while it had all of the traffic. Plain JSON. */
export interface AloneTotals {
  readonly records: number;
  /** Over firsts in a period: of units, or of their latencies. */
  readonly firsts: { readonly n: number; readonly sum: number; readonly histogram: Readonly<Record<string, number>> };
  readonly unitSums: UnitTotals;
}

export const noAloneTotals: AloneTotals = {
  records: 0,
  firsts: { n: 0, sum: 0, histogram: {} },
  unitSums: noUnitTotals,
};

export function addAlone({ records, firsts, unitSums }: AloneTotals, row: EvidenceRow): AloneTotals {
  return {
    records: records + row.n,
    firsts: {
      n: firsts.n + row.inPeriod.n,
      sum: firsts.sum + row.inPeriod.sum,
      histogram: addHistograms(firsts.histogram, row.inPeriod.histogram ?? {}),
    },
    unitSums: addUnitTotals(unitSums, row.unitSums),
  };
}

/** What the candidate is held to. */
export interface Limit {
  /** The share of failures or of slow answers, or the mean, that is still no harm. */
  readonly value: number;
  /** Latency only: the edge above which an answer of the candidate is slow. */
  readonly edge: number | null;
  /** Latency only: the edge that stable's share was taken above. */
  readonly stableEdge: number | null;
}

const leastUnits = 100;
const leastEvents = 10;
/** More than half of the predictions failing is a failure whatever is known of stable. */
const mostErrors = 0.5;

/**
 * Margin times, or margin beyond, what stable is at worst: half of alpha bounds the chance that stable is worse than that, half that a candidate within the
 * limit breaks it. Null: too little is known of stable.
 */
export function limitOf(past: AloneTotals, test: GuardrailTest, alpha: number): Limit | null {
  const plain = { edge: null, stableEdge: null };
  if (test.kind === 'errors') {
    const floor = test.floor ?? defaultFloor;
    return { ...plain, value: Math.min(mostErrors, Math.max(floor, test.ratio * mostFailures(past, alpha / 2))) };
  }
  if (test.kind === 'latency') return latencyLimit(past, test, alpha / 2);
  const { sign, kappa, margin } = contrastOf(test);
  const known = trusted(past);
  if (!known) return null;
  const half = halfOf(known, alpha / 2, margin || Math.abs(known.mean) || 1);
  return { ...plain, value: kappa * known.mean - sign * (margin + kappa * half) };
}

/** By units that failed at all, exact; and by predictions, clustered by unit, where there are enough: the greater. */
function mostFailures(past: AloneTotals, alpha: number): number {
  const { n, sum } = past.firsts;
  const byUnits = shareInterval(Math.min(sum, n), n, alpha)?.[1] ?? 1;
  const known = trusted(past);
  return known && known.variance > 0 ? Math.max(byUnits, known.mean + halfOf(known, alpha, 0.01)) : byUnits;
}

function latencyLimit(
  { firsts: { histogram } }: AloneTotals,
  { quantile, ratio }: { quantile: number; ratio: number },
  alpha: number,
): Limit | null {
  const answers = countFrom(histogram, -Infinity);
  const stableEdge = answers < burnIn(quantile) ? null : quantileEdge(histogram, quantile);
  if (stableEdge === null) return null;
  const value = shareInterval(countFrom(histogram, stableEdge), answers, alpha)?.[1] ?? 1;
  return { value: Math.min(value, 1 - 1e-9), stableEdge, edge: stableEdge + marginEdges(ratio) };
}

export function countFrom(histogram: Readonly<Record<string, number>>, edge: number): number {
  let counted = 0;
  for (const [bin, count] of Object.entries(histogram)) if (Number(bin) >= edge) counted += count;
  return counted;
}

/** The normal approximation is not trusted below so many units, nor where they are worth fewer equal ones. */
function trusted({ unitSums }: AloneTotals): RatioMean | null {
  const found = ratioMean(unitSums);
  return found && found.units >= leastUnits && worthOf(unitSums) >= leastUnits ? found : null;
}

function halfOf({ variance }: RatioMean, alpha: number, scale: number): number {
  if (variance === 0) return 0;
  const error = Math.sqrt(variance);
  return error * halfWidth(tunedInformation(error, scale, alpha), alpha, 'one');
}

/** ln of 1/p, at any time, that the candidate's mean is beyond the limit; null: too little has been seen. Not of latency. */
export function logBeyond(present: AloneTotals, { value }: Limit, test: GuardrailTest, alpha: number): number | null {
  if (test.kind === 'latency') return null;
  const found = trusted(present);
  if (!found) return null;
  const sign = test.kind === 'errors' || test.direction === 'down' ? 1 : -1;
  const beyond = sign * (found.mean - value);
  if (test.kind === 'errors' && present.firsts.sum < leastEvents) return 0;
  if (found.variance === 0) return beyond > 0 ? Number.MAX_VALUE : 0;
  const error = Math.sqrt(found.variance);
  return logEvidence(beyond / error, tunedInformation(error, scaleOf(test, value), alpha), 'one');
}

/** The size of a difference that matters. */
function scaleOf(test: Exclude<GuardrailTest, { kind: 'latency' }>, limit: number): number {
  if (test.kind === 'errors') return Math.max(limit, 0.01);
  const margin = 'absolute' in test.margin ? test.margin.absolute : test.margin.relative * Math.abs(limit);
  return margin || Math.abs(limit) / 10 || 0.01;
}
