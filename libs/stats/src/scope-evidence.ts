// What one scope (the rollout, or a period) has of evidence for one guardrail, by kind of test.
import { logOneArm } from './beta-mixture';
import { contrastOf } from './contrast';
import { defaultFloor, defaultTolerance, type GuardrailTest } from './guardrail-plan';
import { addLabels, noLabels, type LabelCounts } from './label-counts';
import { logLabelBound, logLabelEvidence } from './label-test';
import { logMean } from './numerics/log-sum';
import { addSlowEvents, chooseEdge, noSlowEvents, type SlowEvents } from './slow-events';
import { betOnBinary, betOnBounded, logAcceptanceWealth, logHarmWealth, noWealth, type Wealth } from './wealth';
import { type Cell } from './window-cells';

export type ScopeEvidence =
  | { readonly kind: 'errors'; readonly labels: LabelCounts; readonly candidateUnits: number }
  | { readonly kind: 'latency'; readonly slow: SlowEvents }
  | { readonly kind: 'wealth'; readonly wealth: Wealth }
  /** An unbounded numeric metric: its confidence sequence reads the totals. */
  | { readonly kind: 'none' };

export function noEvidence(test: GuardrailTest): ScopeEvidence {
  switch (test.kind) {
    case 'errors':
      return { kind: 'errors', labels: noLabels, candidateUnits: 0 };
    case 'latency':
      return { kind: 'latency', slow: noSlowEvents };
    case 'binary':
      return { kind: 'wealth', wealth: noWealth };
    case 'numeric':
      return test.bounds ? { kind: 'wealth', wealth: noWealth } : { kind: 'none' };
  }
}

/** Adds a window's cells. What a period does not know yet (an edge, a mean) it takes from the rollout so far: `before`. */
export function addCells(
  evidence: ScopeEvidence,
  cells: readonly Cell[],
  test: GuardrailTest,
  before: ScopeEvidence,
): ScopeEvidence {
  switch (evidence.kind) {
    case 'errors':
      return cells.reduce(addErrors, evidence);
    case 'latency':
      return test.kind === 'latency' ? addLatencies(evidence, cells, test, before) : evidence;
    case 'wealth':
      return { kind: 'wealth', wealth: addValues(evidence.wealth, cells, test, before) };
    case 'none':
      return evidence;
  }
}

type Errors = Extract<ScopeEvidence, { kind: 'errors' }>;
type Latencies = Extract<ScopeEvidence, { kind: 'latency' }>;

function addErrors(evidence: Errors, { share, candidate, baseline }: Cell): Errors {
  return {
    kind: 'errors',
    labels: addLabels(evidence.labels, share, candidate.sum, baseline.sum),
    candidateUnits: evidence.candidateUnits + candidate.n,
  };
}

function addLatencies(
  evidence: Latencies,
  cells: readonly Cell[],
  { quantile, ratio }: { quantile: number; ratio: number },
  before: ScopeEvidence,
): Latencies {
  const ownEdge = chooseEdge(evidence.slow.stable, quantile);
  const edge = ownEdge ?? (before.kind === 'latency' ? chooseEdge(before.slow.stable, quantile) : null);
  return { kind: 'latency', slow: cells.reduce((slow, cell) => addSlowEvents(slow, cell, edge, ratio), evidence.slow) };
}

function addValues(wealth: Wealth, cells: readonly Cell[], test: GuardrailTest, before: ScopeEvidence): Wealth {
  if (test.kind !== 'binary' && test.kind !== 'numeric') return wealth;
  const contrast = contrastOf(test);
  const [least, greatest] = test.kind === 'numeric' ? (test.bounds ?? [0, 1]) : [0, 1];
  const known = wealth.n > 0 || before.kind !== 'wealth' ? wealth : before.wealth;
  // the middle of the bounds at first, half an observation's worth; never an end, where nothing could be staked
  const mean = (known.sum + (least + greatest) / 2) / (known.n + 1);
  return cells.reduce(
    (sum, cell) =>
      test.kind === 'binary'
        ? betOnBinary(sum, cell, contrast, mean)
        : betOnBounded(sum, cell, contrast, { mean, least, greatest }),
    wealth,
  );
}

/** ln e against the null "not worse than the margin"; null: this scope has no test of its own. */
export function logHarm(evidence: ScopeEvidence, test: GuardrailTest): number | null {
  if (evidence.kind === 'errors' && test.kind === 'errors') {
    const { labels, candidateUnits } = evidence;
    const overFloor = logOneArm(test.floor ?? defaultFloor, labels.candidate, candidateUnits, 'above');
    return Math.min(overFloor, logLabelEvidence(labels, test.ratio, 'above'));
  }
  if (evidence.kind === 'latency') return logLabelEvidence(evidence.slow.labels, 1, 'above');
  return evidence.kind === 'wealth' ? logHarmWealth(evidence.wealth) : null;
}

/** ln e where it reaches ln threshold, else null: integrals are computed only where a cheap bound leaves it open. */
export function harmReaching(evidence: ScopeEvidence, test: GuardrailTest, logThreshold: number): number | null {
  const labels =
    evidence.kind === 'errors' ? evidence.labels : evidence.kind === 'latency' ? evidence.slow.labels : null;
  const ratio = test.kind === 'errors' ? test.ratio : 1;
  // the bound is computed apart from the integral: give rounding its room
  if (labels && logLabelBound(labels, ratio) < logThreshold - 1e-6) return null;
  const logE = logHarm(evidence, test);
  return logE !== null && logE >= logThreshold ? logE : null;
}

/** ln e against the null "worse than the margin"; null: this scope has no test of its own. */
export function logAcceptance(evidence: ScopeEvidence, test: GuardrailTest): number | null {
  if (evidence.kind === 'errors' && test.kind === 'errors') {
    const { labels, candidateUnits } = evidence;
    const underTolerance = logOneArm(test.tolerance ?? defaultTolerance, labels.candidate, candidateUnits, 'below');
    return logMean([logLabelEvidence(labels, test.ratio, 'below'), underTolerance]);
  }
  if (evidence.kind === 'latency') return logLabelEvidence(evidence.slow.labels, 1, 'below');
  return evidence.kind === 'wealth' ? logAcceptanceWealth(evidence.wealth) : null;
}
