// What a canary's guardrail would see of imagined traffic: the same evidence as from real windows, drawn from a seed.
import { noTotals, type ArmTotals } from './arm-totals';
import { contrastOf } from './contrast';
import {
  defaultFloor,
  onceThreshold,
  type BinaryTest,
  type ErrorsTest,
  type GuardrailPlan,
  type GuardrailTest,
  type NumericTest,
} from './guardrail-plan';
import { addLabels } from './label-counts';
import { logMeanEvidence, targetInformation, type ArmPair } from './mean-sequence';
import { normalQuantile, normalTail } from './numerics/normal-tail';
import { binomial, normal, type Random } from './numerics/seeded-draws';
import { addCells, harmReaching, logAcceptance, noEvidence, type ScopeEvidence } from './scope-evidence';
import { burnIn, effectiveRatio } from './slow-events';
import { type ArmCell, type Cell } from './window-cells';

/** What stable is like. */
export interface Imagined {
  /** Share of units that fail. */
  readonly errorRate: number;
  /** Standard deviation of ln latency; 0.5: the 95th percentile is 2.3 times the median. */
  readonly latencySpread: number;
  /** By metric: mean and standard deviation of a unit's value (binary: the rate alone), and the share of units that have one. */
  readonly metrics: Readonly<
    Record<string, { readonly mean: number; readonly deviation?: number; readonly share?: number }>
  >;
}

export interface ImaginedEvidence {
  readonly scope: ScopeEvidence;
  readonly totals: ArmPair<ArmTotals>;
  readonly stableAnswers: number;
}

export function noImaginedEvidence(test: GuardrailTest): ImaginedEvidence {
  return { scope: noEvidence(test), totals: { baseline: noTotals, candidate: noTotals }, stableAnswers: 0 };
}

/** So many new units of both arms at the candidate's share. */
export interface Arrivals {
  readonly share: number;
  readonly baseline: number;
  readonly candidate: number;
}

export function addImagined(
  evidence: ImaginedEvidence,
  test: GuardrailTest,
  arrivals: Arrivals,
  world: { stable: Imagined; worse: boolean; random: Random },
): ImaginedEvidence {
  if (test.kind === 'latency') return addImaginedLatency(evidence, test, arrivals, world);
  const cell: Cell = {
    share: arrivals.share,
    baseline: drawArm(test, arrivals.baseline, { ...world, worse: false }),
    candidate: drawArm(test, arrivals.candidate, world),
  };
  return {
    ...evidence,
    scope: addCells(evidence.scope, [cell], test, evidence.scope),
    totals: {
      baseline: addImaginedTotals(evidence.totals.baseline, cell.baseline, arrivals.share),
      candidate: addImaginedTotals(evidence.totals.candidate, cell.candidate, 1 - arrivals.share),
    },
  };
}

function addImaginedLatency(
  evidence: ImaginedEvidence,
  test: Extract<GuardrailTest, { kind: 'latency' }>,
  { share, baseline, candidate }: Arrivals,
  { stable, worse, random }: { stable: Imagined; worse: boolean; random: Random },
): ImaginedEvidence {
  const stableAnswers = evidence.stableAnswers + baseline;
  if (evidence.scope.kind !== 'latency' || evidence.stableAnswers < burnIn(test.quantile))
    return { ...evidence, stableAnswers };
  const { slow } = evidence.scope;
  const apart = Math.log(worse ? 0.5 : effectiveRatio(test.ratio)) / stable.latencySpread;
  const slowShare = normalTail(normalQuantile(1 - test.quantile) + apart);
  const [slowBaseline, slowCandidate] = [
    binomial(random, baseline, 1 - test.quantile),
    binomial(random, candidate, slowShare),
  ];
  const labels = addLabels(slow.labels, share, slowCandidate, slowBaseline);
  return { ...evidence, stableAnswers, scope: { kind: 'latency', slow: { ...slow, labels } } };
}

function drawArm(
  test: Exclude<GuardrailTest, { kind: 'latency' }>,
  units: number,
  { stable, worse, random }: { stable: Imagined; worse: boolean; random: Random },
): ArmCell {
  if (test.kind === 'errors') {
    const rate = worse ? worseErrorRate(test, stable) : stable.errorRate;
    return { n: units, sum: binomial(random, units, Math.min(1, rate)), sumSquares: null, histogram: {} };
  }
  const { mean, deviation = 0, share = 1 } = stable.metrics[test.metric] ?? { mean: 0 };
  const shifted = worse ? mean - shiftOf(test, mean) : mean;
  const n = binomial(random, units, share);
  if (test.kind === 'binary') {
    const sum = binomial(random, n, Math.min(1, Math.max(0, shifted)));
    return { n, sum, sumSquares: sum, histogram: {} };
  }
  const sum = n * shifted + Math.sqrt(n) * deviation * normal(random);
  const sumSquares = n * deviation ** 2 + (n > 0 ? sum ** 2 / n : 0);
  return { n, sum, sumSquares, histogram: {} };
}

/** Twice the margin over stable's rate, or over the floor where that is more. */
function worseErrorRate({ ratio, floor = defaultFloor }: ErrorsTest, { errorRate }: Imagined): number {
  return 2 * ratio * Math.max(errorRate, floor);
}

/** Twice the margin, in the metric's unit and direction; without a margin a tenth of stable's mean. */
function shiftOf(test: BinaryTest | NumericTest, mean: number): number {
  const { sign, margin } = contrastOf(test);
  const inUnits = 'relative' in test.margin ? test.margin.relative * Math.abs(mean) : margin;
  return sign * (inUnits > 0 ? 2 * inUnits : 0.1 * Math.abs(mean));
}

/** What a candidate is like that a plan tries to find. */
export function worseText(test: GuardrailTest, stable: Imagined): string {
  switch (test.kind) {
    case 'errors':
      return `errors in ${Number((100 * worseErrorRate(test, stable)).toPrecision(3))} % of the units`;
    case 'latency':
      return `latency ${Number((2 * effectiveRatio(test.ratio)).toPrecision(3))} times as long`;
    case 'binary':
    case 'numeric': {
      const shift = -shiftOf(test, stable.metrics[test.metric]?.mean ?? 0);
      return `${test.metric} ${shift > 0 ? '+' : ''}${Number(shift.toPrecision(3))}`;
    }
  }
}

/** Unit sums of units with one value each, weighed by the other arm's share. */
function addImaginedTotals(totals: ArmTotals, { n, sum, sumSquares }: ArmCell, h: number): ArmTotals {
  const { unitSums } = totals;
  return {
    ...totals,
    unitSums: {
      ...unitSums,
      n: unitSums.n + n,
      y: unitSums.y + h * sum,
      d: unitSums.d + h * n,
      yy: unitSums.yy + h * h * (sumSquares ?? 0),
      yd: unitSums.yd + h * h * sum,
      dd: unitSums.dd + h * h * n,
    },
  };
}

export function imaginedAcceptance(evidence: ImaginedEvidence, plan: GuardrailPlan): number {
  if (evidence.scope.kind !== 'none') return logAcceptance(evidence.scope, plan.test) ?? 0;
  return meanEvidence(evidence, plan, -1);
}

/** Has harm reached its threshold in the scope once? */
export function imaginedBreach(evidence: ImaginedEvidence, plan: GuardrailPlan): boolean {
  if (evidence.scope.kind === 'none') return meanEvidence(evidence, plan, 1) >= -Math.log(plan.alpha);
  return harmReaching(evidence.scope, plan.test, onceThreshold(plan.alpha)) !== null;
}

function meanEvidence(
  { totals }: ImaginedEvidence,
  { test, alpha, beta, minUnits }: GuardrailPlan,
  side: 1 | -1,
): number {
  if (test.kind !== 'numeric') return 0;
  const target = targetInformation(totals, test, minUnits);
  return logMeanEvidence(totals, test, { minUnits, target, alpha: side === 1 ? alpha : beta, side }) ?? 0;
}
