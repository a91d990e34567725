// What a guardrail of a candidate that has the traffic alone says: fail or inconclusive, with its numbers and one sentence.
import { ratioMean } from './contrast';
import { acceptanceThreshold, type GuardrailPlan } from './guardrail-plan';
import { limitEvidence, type LimitState } from './limit-guardrail';
import { type AloneTotals } from './limit-test';
import { expFinite } from './numerics/log-sum';
import { edgeMs, quantileEdge } from './slow-events';
import { type ArmCounts, type GuardrailVerdict } from './verdict';

/** It never passes: within a limit that was drawn from another time is not shown to be as good. */
export function judgeLimit(state: LimitState, plan: GuardrailPlan): GuardrailVerdict {
  const { breach } = state;
  const baseline = countsOf(state.past, plan);
  const candidateCounts = countsOf(state.present, plan);
  const { logE, logThreshold } = breach ?? limitEvidence(state, plan);
  const effect = effectOf(plan, baseline, candidateCounts);
  const numbers = {
    ...{ metric: plan.test.metric, candidate: plan.candidate, accepted: false, effect, interval: null },
    status: breach ? ('fail' as const) : ('inconclusive' as const),
    breached: breach !== null,
    eValue: logE === null ? null : expFinite(logE),
    threshold: Math.exp(logThreshold),
    scope: breach?.scope ?? null,
    acceptance: { eValue: null, threshold: acceptanceThreshold(plan.beta, 1, 1) },
    ...{ baseline, candidateCounts },
  };
  return { ...numbers, sentence: sentenceOf(numbers, state, plan) };
}

function countsOf({ records, firsts, unitSums }: AloneTotals, { test }: GuardrailPlan): ArmCounts {
  if (test.kind === 'latency') {
    const units = Object.values(firsts.histogram).reduce((sum, count) => sum + count, 0);
    return { units, records, value: edgeMs(quantileEdge(firsts.histogram, test.quantile)) };
  }
  const found = ratioMean(unitSums);
  return { units: Math.round(unitSums.n), records, value: found?.mean ?? null };
}

function effectOf({ test }: GuardrailPlan, baseline: ArmCounts, candidate: ArmCounts): number | null {
  if (baseline.value === null || candidate.value === null) return null;
  if (test.kind === 'binary' || test.kind === 'numeric') return candidate.value - baseline.value;
  return baseline.value > 0 ? candidate.value / baseline.value : null;
}

type Numbers = Omit<GuardrailVerdict, 'sentence'>;

function sentenceOf(numbers: Numbers, { limit, unusableRows, present }: LimitState, plan: GuardrailPlan): string {
  const { test, candidate, baseline } = plan;
  if (present.records === 0) return `${test.metric}: nothing of ${candidate} has been counted since the switch.`;
  const past = `${said(numbers.baseline, plan)} of ${baseline} before the switch, which is not randomised`;
  const seen = `${test.metric} of ${candidate} is ${said(numbers.candidateCounts, plan)} against ${past}`;
  if (!limit) return `${seen}; too little was known of ${baseline} to draw a limit.`;
  const evidence = `evidence ${figure(numbers.eValue)}, ${figure(numbers.threshold)} needed`;
  const left = unusableRows > 0 ? `; ${unusableRows} rows hold numbers that cannot be` : '';
  if (numbers.breached) return `${seen}; ${limitText(plan, limit)} is broken (${evidence})${left}.`;
  return `${seen}; ${limitText(plan, limit)} is not broken (${evidence})${left}.`;
}

function limitText({ test }: GuardrailPlan, { value, edge }: NonNullable<LimitState['limit']>): string {
  if (test.kind === 'errors') return `the limit of ${percent(value)}`;
  if (test.kind === 'latency') return `the limit of ${percent(value)} above ${figure(edgeMs(edge))} ms`;
  return `the limit of ${figure(value)}`;
}

function said({ units, value }: ArmCounts, { test }: GuardrailPlan): string {
  const of = `${units} ${units === 1 ? 'unit' : 'units'}`;
  if (value === null) return `unknown (${of})`;
  if (test.kind === 'errors') return `${percent(value)} (${of})`;
  return test.kind === 'latency' ? `${figure(value)} ms (${of})` : `${figure(value)} (${of})`;
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}

function figure(value: number | null): string {
  if (value === null) return 'none';
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}
