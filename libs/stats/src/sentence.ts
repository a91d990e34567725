// The one sentence of a verdict: what was seen, against what, and what follows.
import { type GuardrailPlan } from './guardrail-plan';
import { effectiveRatio } from './slow-events';
import { type ArmCounts, type GuardrailVerdict } from './verdict';

type Numbers = Omit<GuardrailVerdict, 'sentence'>;

export function sentenceOf(numbers: Numbers, plan: GuardrailPlan, unusableRows: number): string {
  const { baseline, candidateCounts } = numbers;
  if (unusableRows > 0 && !numbers.breached)
    return `${plan.test.metric}: ${unusableRows} rows of evidence hold numbers that cannot be, so nothing passes.`;
  if (baseline.records + candidateCounts.records === 0) return `${plan.test.metric}: nothing has been counted yet.`;
  const seen = `${plan.test.metric} of ${plan.candidate} is ${said(candidateCounts, plan)} against ${said(baseline, plan)} of ${plan.baseline}`;
  return `${seen}; ${conclusion(numbers, plan)}.`;
}

function said({ units, value }: ArmCounts, { test }: GuardrailPlan): string {
  const of = `${count(units)} ${units === 1 ? 'unit' : 'units'}`;
  if (value === null) return units === 0 ? 'unknown (no units)' : `unknown (${of})`;
  if (test.kind === 'errors') return `${percent(value)} of ${of}`;
  return test.kind === 'latency' ? `${figure(value)} ms (${of})` : `${figure(value)} (${of})`;
}

function conclusion(numbers: Numbers, plan: GuardrailPlan): string {
  const margin = marginText(plan);
  if (numbers.breached) {
    const where = numbers.scope === 'period' ? ' within a period' : '';
    return `worse by more than ${margin}${where} (evidence ${figure(numbers.eValue)}, ${figure(numbers.threshold)} needed)`;
  }
  const { eValue, threshold } = numbers.acceptance;
  if (numbers.accepted)
    return `not worse by more than ${margin} (evidence ${figure(eValue)}, ${figure(threshold)} needed at this step)`;
  if (eValue === null) return `too little has been seen to tell whether it is worse by more than ${margin}`;
  return (
    `undecided whether it is worse by more than ${margin} ` +
    `(evidence for worse ${figure(numbers.eValue)} of ${figure(numbers.threshold)}, for not worse ${figure(eValue)} of ${figure(threshold)})`
  );
}

function marginText({ test, baseline }: GuardrailPlan): string {
  if (test.kind === 'errors') return `${figure(test.ratio)} times`;
  if (test.kind === 'latency') return `${figure(effectiveRatio(test.ratio))} times`;
  return 'absolute' in test.margin ? figure(test.margin.absolute) : `${percent(test.margin.relative)} of ${baseline}'s`;
}

/** Three significant digits, without an exponent for what people read. */
function figure(value: number | null): string {
  if (value === null) return 'none';
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 3)));
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}

function count(units: number): string {
  return String(Math.round(units)).replace(/\B(?=(\d{3})+$)/g, ',');
}
