// A guardrail over the windows of a rollout: opened once, each complete window folded once, judged whenever one likes.
import { addToTotals, noTotals, type ArmTotals } from './arm-totals';
import { type EvidenceRow } from './evidence-row';
import { onceThreshold, periodThreshold, type GuardrailPlan } from './guardrail-plan';
import { logMeanEvidence, targetInformation, type ArmPair } from './mean-sequence';
import { addCells, harmReaching, noEvidence, type ScopeEvidence } from './scope-evidence';
import { cellsOf, rowsOf } from './window-cells';

/** The first time that the evidence of harm reached its threshold. It latches: nothing takes it back. */
export interface Breach {
  readonly window: number;
  readonly scope: 'once' | 'period';
  /** The period, where the scope is one. */
  readonly period: number | null;
  readonly logE: number;
  readonly logThreshold: number;
}

export interface PeriodEvidence {
  readonly period: number;
  /** The how many-th period with evidence this is, from 1. */
  readonly ordinal: number;
  readonly evidence: ScopeEvidence;
}

/** What all windows so far amount to. Plain JSON: it may be stored, and goes on identically. */
export interface GuardrailState {
  /** Index of the last window folded that held rows. */
  readonly window: number | null;
  /** Rows left out because their numbers are none. While there are any, nothing passes. */
  readonly unusableRows: number;
  readonly totals: ArmPair<ArmTotals>;
  readonly once: ScopeEvidence;
  readonly period: PeriodEvidence | null;
  /** I* of the confidence sequence, 1/variance, fixed when it is first known. */
  readonly targetInformation: number | null;
  readonly breach: Breach | null;
}

export function openGuardrail(plan: GuardrailPlan): GuardrailState {
  return {
    window: null,
    unusableRows: 0,
    totals: { baseline: noTotals, candidate: noTotals },
    once: noEvidence(plan.test),
    period: null,
    targetInformation: null,
    breach: null,
  };
}

/**
 * Folds all final rows of one complete window. Windows come in ascending index, each once: another order is a RangeError.
 * The same windows give the same state, bit for bit, whatever the order of the rows within each.
 */
export function foldWindow(state: GuardrailState, plan: GuardrailPlan, rows: readonly EvidenceRow[]): GuardrailState {
  const window = windowOf(state, rows);
  if (window === null) return state;
  const { good, unusable } = rowsOf(rows, plan);
  const totals = good.reduce((sum, row) => {
    const arm = row.arm === plan.candidate ? 'candidate' : 'baseline';
    return { ...sum, [arm]: addToTotals(sum[arm], row) };
  }, state.totals);
  const counted = {
    ...state,
    window,
    unusableRows: state.unusableRows + unusable,
    totals,
    once: addCells(state.once, cellsOf(good, plan, 'once'), plan.test, state.once),
    targetInformation: state.targetInformation ?? targetOf(totals, plan),
  };
  return foldPeriods(latch(counted, breachOnce(counted, plan)), plan, good, state.once);
}

function windowOf(state: GuardrailState, rows: readonly EvidenceRow[]): number | null {
  const index = rows[0]?.window.index ?? null;
  if (index === null) return null;
  const other = rows.find((row) => row.window.index !== index);
  if (other) throw new RangeError(`rows of windows ${index} and ${other.window.index} were folded as one`);
  if (state.window !== null && index <= state.window)
    throw new RangeError(`window ${index} was folded after window ${state.window}`);
  return index;
}

function targetOf(totals: ArmPair<ArmTotals>, { test, minUnits }: GuardrailPlan): number | null {
  return test.kind === 'binary' || test.kind === 'numeric' ? targetInformation(totals, test, minUnits) : null;
}

/** Periods ascend; a straggler of one that is over counts in the scope once only. */
function foldPeriods(
  state: GuardrailState,
  plan: GuardrailPlan,
  rows: readonly EvidenceRow[],
  before: ScopeEvidence,
): GuardrailState {
  const periods = [...new Set(rows.map((row) => row.period))].sort((a, b) => a - b);
  return periods.reduce((at, period) => {
    if (at.period && at.period.period > period) return at;
    const cells = cellsOf(
      rows.filter((row) => row.period === period),
      plan,
      'inPeriod',
    );
    if (cells.length === 0) return at;
    const known =
      at.period?.period === period
        ? at.period
        : { period, ordinal: (at.period?.ordinal ?? 0) + 1, evidence: noEvidence(plan.test) };
    const next = { ...at, period: { ...known, evidence: addCells(known.evidence, cells, plan.test, before) } };
    return latch(next, breachInPeriod(next, plan));
  }, state);
}

function latch(state: GuardrailState, breach: Breach | null): GuardrailState {
  return state.breach || !breach ? state : { ...state, breach };
}

function breachOnce(state: GuardrailState, plan: GuardrailPlan): Breach | null {
  if (state.breach) return null;
  const meanTest = plan.test.kind === 'numeric' && !plan.test.bounds;
  const logThreshold = meanTest ? -Math.log(plan.alpha) : onceThreshold(plan.alpha);
  const logE = meanTest ? logMeanHarm(state, plan) : harmReaching(state.once, plan.test, logThreshold);
  if (logE === null || !(logE >= logThreshold)) return null;
  return { window: state.window ?? 0, scope: 'once', period: null, logE, logThreshold };
}

function breachInPeriod(state: GuardrailState, plan: GuardrailPlan): Breach | null {
  if (state.breach || !state.period) return null;
  const logThreshold = periodThreshold(plan.alpha, state.period.ordinal);
  const logE = harmReaching(state.period.evidence, plan.test, logThreshold);
  if (logE === null) return null;
  return { window: state.window ?? 0, scope: 'period', period: state.period.period, logE, logThreshold };
}

/** ln of 1/p of the confidence sequence for harm; null for other tests and before it may decide. */
export function logMeanHarm(state: GuardrailState, { test, alpha, minUnits }: GuardrailPlan): number | null {
  if (test.kind !== 'numeric' || test.bounds) return null;
  return logMeanEvidence(state.totals, test, { minUnits, target: state.targetInformation, alpha, side: 1 });
}

export function logMeanAcceptance(state: GuardrailState, { test, beta, minUnits }: GuardrailPlan): number | null {
  if (test.kind !== 'numeric' || test.bounds) return null;
  return logMeanEvidence(state.totals, test, { minUnits, target: state.targetInformation, alpha: beta, side: -1 });
}
