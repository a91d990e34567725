// An experiment over the windows of a rollout: opened once, each complete window folded once, judged whenever one likes.
import { addToTotals, noTotals, type ArmTotals } from './arm-totals';
import { halfWidth, tuning } from './confidence-sequence';
import { worthOf } from './contrast';
import { type EvidenceRow } from './evidence-row';
import { leastEvents, leastUnits, levelOf, type ExperimentPlan, type Goal } from './experiment-plan';
import { contrastGoal } from './goal-contrast';
import { type ArmPair } from './mean-sequence';
import { normalQuantile } from './numerics/normal-tail';
import { byKey } from './window-cells';

/** One metric of one candidate beside the baseline. Plain JSON. */
export interface GoalState {
  readonly goal: number;
  readonly candidate: string;
  /** Of rows in which both had a weight: an arm that is out is compared with the baseline of its own time. */
  readonly totals: ArmPair<ArmTotals>;
  /** Where the sequence is narrowest, in the terms of `information`; null: no look that may decide yet. */
  readonly target: number | null;
}

/** What all windows so far amount to. Plain JSON: it may be stored, and goes on identically. */
export interface ExperimentState {
  /** Index of the last window folded that held rows. */
  readonly window: number | null;
  /** Rows left out because their numbers are none. While there are any, nothing is concluded. */
  readonly unusableRows: number;
  readonly goals: readonly GoalState[];
}

const plannedPower = 0.8;

export function openExperiment(plan: ExperimentPlan): ExperimentState {
  const totals = { baseline: noTotals, candidate: noTotals };
  return {
    window: null,
    unusableRows: 0,
    goals: plan.goals.flatMap((goal, index) =>
      plan.candidates.map((candidate) => ({ goal: index, candidate, totals, target: firstTarget(plan, goal) })),
    ),
  };
}

/**
 * Folds all final rows of one complete window; only those of the plan's own stage count, for another stage may have asked other people. Windows ascend, each
 * once: another order is a RangeError.
 */
export function foldExperiment(
  state: ExperimentState,
  plan: ExperimentPlan,
  rows: readonly EvidenceRow[],
): ExperimentState {
  const index = rows[0]?.window.index;
  if (index === undefined) return state;
  if (state.window !== null && index <= state.window)
    throw new RangeError(`window ${index} was folded after window ${state.window}`);
  const own = rows.filter(
    ({ stage, metric }) => stage === plan.stage && plan.goals.some((goal) => goal.metric === metric),
  );
  const good = own.filter(isUsable).sort(byKey);
  return {
    window: index,
    unusableRows: state.unusableRows + own.length - good.length,
    goals: state.goals.map((held) => foldGoal(held, plan, good)),
  };
}

function foldGoal(held: GoalState, plan: ExperimentPlan, rows: readonly EvidenceRow[]): GoalState {
  const goal = plan.goals[held.goal];
  if (!goal) return held;
  const compared = rows.filter(
    ({ metric, weights }) =>
      metric === goal.metric && (weights[plan.baseline] ?? 0) > 0 && (weights[held.candidate] ?? 0) > 0,
  );
  const totals = {
    baseline: compared.filter(({ arm }) => arm === plan.baseline).reduce(addToTotals, held.totals.baseline),
    candidate: compared.filter(({ arm }) => arm === held.candidate).reduce(addToTotals, held.totals.candidate),
  };
  return { ...held, totals, target: held.target ?? laterTarget(totals, plan, goal) };
}

/** I* = ((half width at I* + the quantile of the power)/effect)^2: there, the effect is found with the power planned. Of means with a minimumEffect. */
function firstTarget(plan: ExperimentPlan, { kind, minimumEffect }: Goal): number | null {
  if (kind === 'quantile' || minimumEffect === null) return null;
  const level = levelOf(plan);
  const standardErrors = halfWidth(tuning(level), level, 'two') + normalQuantile(1 - plannedPower);
  return (standardErrors / minimumEffect) ** 2;
}

/** Where nothing says how much is needed: ten times what the first look that may decide has. */
function laterTarget(totals: ArmPair<ArmTotals>, plan: ExperimentPlan, goal: Goal): number | null {
  const contrast = isEnough(totals, plan, goal) ? contrastGoal(totals, goal) : null;
  return contrast && 10 * contrast.information;
}

/** Units that count in the comparison, of one arm. */
export function unitsOf({ firsts, unitSums }: ArmTotals, { kind }: Goal): number {
  return kind === 'quantile' ? Object.values(firsts.histogram).reduce((sum, count) => sum + count, 0) : unitSums.n;
}

export function isEnough(
  { baseline, candidate }: ArmPair<ArmTotals>,
  { minUnits }: ExperimentPlan,
  goal: Goal,
): boolean {
  if (Math.min(unitsOf(baseline, goal), unitsOf(candidate, goal)) < Math.max(leastUnits, minUnits)) return false;
  if (goal.kind === 'mean') return Math.min(worthOf(baseline.unitSums), worthOf(candidate.unitSums)) >= leastUnits;
  if (goal.kind !== 'rate') return true;
  const events = [baseline, candidate].map(({ records, unitSums: { y, d } }) => (d > 0 ? (records * y) / d : 0));
  const sum = events.reduce((total, each) => total + each, 0);
  // a sum of rounded parts
  return Math.min(sum, baseline.records + candidate.records - sum) >= leastEvents - 1e-6;
}

function isUsable({ n, sum, once, unitSums }: EvidenceRow): boolean {
  const numbers = [n, sum, once.n, once.sum, ...Object.values(once.histogram ?? {})];
  return [...numbers, ...Object.values(unitSums).map(Number)].every(Number.isFinite);
}
