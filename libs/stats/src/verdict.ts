// What a guardrail says: pass, fail, inconclusive or error, with its numbers and one sentence.
import { type ArmTotals } from './arm-totals';
import { acceptanceThreshold, onceThreshold, periodThreshold, type GuardrailPlan } from './guardrail-plan';
import { logMeanAcceptance, logMeanHarm, type GuardrailState } from './guardrail';
import { labelRatio } from './label-test';
import { meanDifference } from './mean-sequence';
import { expFinite } from './numerics/log-sum';
import { logAcceptance, logHarm } from './scope-evidence';
import { sentenceOf } from './sentence';
import { edgeMs, quantileEdge } from './slow-events';

/** How much an arm has seen, and what the metric is in it. */
export interface ArmCounts {
  /** Distinct units (a prediction without a unit is its own) that count in the test. */
  readonly units: number;
  readonly records: number;
  /** Share of failing units, quantile in milliseconds, or overlap-weighted mean; null: none yet. */
  readonly value: number | null;
}

export interface GuardrailVerdict {
  readonly metric: string;
  readonly candidate: string;
  readonly status: 'pass' | 'fail' | 'inconclusive' | 'error';
  /** Harm was shown, now or earlier: it stays. */
  readonly breached: boolean;
  /** Not worse than the margin is shown to the degree that this step needs. */
  readonly accepted: boolean;
  /** Ratio of rates (errors), ratio of quantiles (latency), difference of means (others); candidate to stable. */
  readonly effect: number | null;
  /** Time-uniform, at 1 - alpha; null: none. An open end is null. */
  readonly interval: [number | null, number | null] | null;
  /** Evidence of harm; null: none can be computed yet. */
  readonly eValue: number | null;
  readonly threshold: number;
  readonly scope: 'once' | 'period' | null;
  readonly acceptance: { readonly eValue: number | null; readonly threshold: number };
  readonly baseline: ArmCounts;
  readonly candidateCounts: ArmCounts;
  readonly sentence: string;
}

/** At step s of S, both from 1. Before any evidence too: inconclusive. */
export function judgeGuardrail(
  state: GuardrailState,
  plan: GuardrailPlan,
  at: { readonly step: number; readonly steps: number },
): GuardrailVerdict {
  const threshold = acceptanceThreshold(plan.beta, at.step, at.steps);
  const baseline = countsOf(state.totals.baseline, plan);
  const candidateCounts = countsOf(state.totals.candidate, plan);
  const logE = state.once.kind === 'none' ? logMeanAcceptance(state, plan) : logAcceptance(state.once, plan.test);
  const eValue = logE === null ? null : expFinite(logE);
  const enough = Math.min(baseline.units, candidateCounts.units) >= 2 && state.unusableRows === 0;
  const accepted = enough && eValue !== null && eValue >= threshold;
  const breached = state.breach !== null;
  const numbers = {
    metric: plan.test.metric,
    candidate: plan.candidate,
    status: breached ? ('fail' as const) : accepted ? ('pass' as const) : ('inconclusive' as const),
    breached,
    accepted,
    ...effectOf(state, plan, baseline, candidateCounts),
    ...harmOf(state, plan),
    acceptance: { eValue, threshold },
    baseline,
    candidateCounts,
  };
  return { ...numbers, sentence: sentenceOf(numbers, plan, state.unusableRows) };
}

/** The breach, or else the scope that is nearest to its threshold. */
function harmOf(state: GuardrailState, plan: GuardrailPlan): Pick<GuardrailVerdict, 'eValue' | 'threshold' | 'scope'> {
  if (state.breach) {
    const { logE, logThreshold, scope } = state.breach;
    return { eValue: expFinite(logE), threshold: Math.exp(logThreshold), scope };
  }
  if (state.once.kind === 'none') {
    const logE = logMeanHarm(state, plan);
    return {
      eValue: logE === null ? null : expFinite(logE),
      threshold: 1 / plan.alpha,
      scope: logE === null ? null : 'once',
    };
  }
  const once = {
    logE: logHarm(state.once, plan.test),
    logThreshold: onceThreshold(plan.alpha),
    scope: 'once' as const,
  };
  const scopes = [once, ...periodHarm(state, plan)];
  const nearest = scopes.reduce((a, b) =>
    (b.logE ?? -Infinity) - b.logThreshold > (a.logE ?? -Infinity) - a.logThreshold ? b : a,
  );
  const seen = state.totals.baseline.records + state.totals.candidate.records > 0;
  return {
    eValue: nearest.logE === null ? null : expFinite(nearest.logE),
    threshold: Math.exp(nearest.logThreshold),
    scope: seen ? nearest.scope : null,
  };
}

function periodHarm({ period }: GuardrailState, plan: GuardrailPlan) {
  if (!period) return [];
  const logThreshold = periodThreshold(plan.alpha, period.ordinal);
  return [{ logE: logHarm(period.evidence, plan.test), logThreshold, scope: 'period' as const }];
}

function countsOf({ records, firsts, unitSums }: ArmTotals, { test }: GuardrailPlan): ArmCounts {
  switch (test.kind) {
    case 'errors':
      return { units: firsts.n, records, value: firsts.n > 0 ? firsts.sum / firsts.n : null };
    case 'latency': {
      const units = Object.values(firsts.histogram).reduce((sum, count) => sum + count, 0);
      return { units, records, value: edgeMs(quantileEdge(firsts.histogram, test.quantile)) };
    }
    case 'binary':
    case 'numeric':
      return { units: unitSums.n, records, value: unitSums.d > 0 ? unitSums.y / unitSums.d : null };
  }
}

function effectOf(
  state: GuardrailState,
  plan: GuardrailPlan,
  baseline: ArmCounts,
  candidate: ArmCounts,
): Pick<GuardrailVerdict, 'effect' | 'interval'> {
  const { test, alpha } = plan;
  if (test.kind === 'errors' && state.once.kind === 'errors') {
    const estimate = labelRatio(state.once.labels, alpha);
    return { effect: estimate?.ratio ?? null, interval: estimate?.interval ?? null };
  }
  if (test.kind === 'binary' || test.kind === 'numeric') {
    const found = meanDifference(state.totals, { target: state.targetInformation, alpha });
    return { effect: found?.effect ?? null, interval: found?.interval ?? null };
  }
  const ratio = candidate.value !== null && baseline.value ? candidate.value / baseline.value : null;
  return { effect: ratio, interval: null };
}
