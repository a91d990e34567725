// A guardrail of a candidate that has the traffic alone, over the windows of its rollout: stable's past first, then the candidate against the limit drawn from it.
import { logOneArm } from './beta-mixture';
import { type EvidenceRow } from './evidence-row';
import { periodThreshold, type GuardrailPlan } from './guardrail-plan';
import { type Breach } from './guardrail';
import { addAlone, countFrom, limitOf, logBeyond, noAloneTotals, type AloneTotals, type Limit } from './limit-test';
import { rowsOf } from './window-cells';

/** Latencies of one period: those that were slow, of all. */
interface SlowInPeriod {
  readonly period: number;
  /** The how many-th period with evidence this is, from 1. */
  readonly ordinal: number;
  readonly slow: number;
  readonly of: number;
}

/** What all windows so far amount to. Plain JSON: it may be stored, and goes on identically. */
export interface LimitState {
  /** Index of the last window folded that held rows. */
  readonly window: number | null;
  readonly unusableRows: number;
  readonly past: AloneTotals;
  readonly present: AloneTotals;
  /** Drawn when the candidate is first counted, and the same from then on; null before, and where too little was known of stable. */
  readonly limit: Limit | null;
  readonly slow: SlowInPeriod | null;
  readonly breach: Breach | null;
}

export const openLimit: LimitState = {
  ...{ window: null, unusableRows: 0, past: noAloneTotals, present: noAloneTotals },
  ...{ limit: null, slow: null, breach: null },
};

/** Folds all final rows of one complete window; windows come in ascending index, each once. Rows in which both had weight count for neither. */
export function foldLimit(state: LimitState, plan: GuardrailPlan, rows: readonly EvidenceRow[]): LimitState {
  const index = rows[0]?.window.index;
  if (index === undefined) return state;
  const { good, unusable } = rowsOf(rows, plan);
  const isAlone = (arm: string, other: string) => (row: EvidenceRow) =>
    row.arm === arm && !((row.weights[other] ?? 0) > 0);
  const past = good.filter(isAlone(plan.baseline, plan.candidate)).reduce(addAlone, state.past);
  const own = good.filter(isAlone(plan.candidate, plan.baseline));
  const isFirst = own.length > 0 && state.present.records === 0;
  const counted: LimitState = {
    ...state,
    window: index,
    unusableRows: state.unusableRows + unusable,
    past,
    present: own.reduce(addAlone, state.present),
    limit: isFirst ? limitOf(past, plan.test, plan.alpha) : state.limit,
  };
  const judged = { ...counted, slow: own.reduce((slow, row) => addSlow(slow, row, counted.limit), counted.slow) };
  return { ...judged, breach: judged.breach ?? breachOf(judged, plan) };
}

/** Periods ascend; a straggler of one that is over is left out. */
function addSlow(
  slow: SlowInPeriod | null,
  { period, inPeriod }: EvidenceRow,
  limit: Limit | null,
): SlowInPeriod | null {
  const edge = limit?.edge ?? null;
  if (edge === null || (slow && slow.period > period)) return slow;
  const { histogram = {} } = inPeriod;
  const known = slow?.period === period ? slow : { period, ordinal: (slow?.ordinal ?? 0) + 1, slow: 0, of: 0 };
  return {
    ...known,
    slow: known.slow + countFrom(histogram, edge),
    of: known.of + countFrom(histogram, -Infinity),
  };
}

/** ln of the evidence that the candidate is beyond its limit, and of what is needed; null: nothing can be said yet. */
export function limitEvidence(
  { present, limit, slow }: LimitState,
  { test, alpha }: GuardrailPlan,
): { readonly logE: number | null; readonly logThreshold: number } {
  if (test.kind === 'latency')
    return {
      logE: slow && limit ? logOneArm(limit.value, slow.slow, slow.of, 'above') : null,
      logThreshold: periodThreshold(alpha, slow?.ordinal ?? 1),
    };
  return { logE: limit && logBeyond(present, limit, test, alpha / 2), logThreshold: Math.log(2 / alpha) };
}

function breachOf(state: LimitState, plan: GuardrailPlan): Breach | null {
  const { logE, logThreshold } = limitEvidence(state, plan);
  if (logE === null || !(logE >= logThreshold)) return null;
  const inPeriod = plan.test.kind === 'latency';
  return {
    ...{ window: state.window ?? 0, logE, logThreshold },
    ...(inPeriod ? { scope: 'period', period: state.slow?.period ?? null } : { scope: 'once', period: null }),
  };
}
