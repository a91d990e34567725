// What an experiment shows: each arm and metric against the baseline, with an interval that may be looked at as often as one likes.
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { isEnough, unitsOf, type ExperimentState, type GoalState } from './experiment';
import { levelOf, type ExperimentPlan, type Goal } from './experiment-plan';
import { comparisonSentence } from './experiment-sentence';
import { contrastGoal, type GoalContrast } from './goal-contrast';
import { ratioMean } from './contrast';
import { holm } from './multiple-comparisons';
import { quantileMs } from './quantile-contrast';
import { type ArmTotals } from './arm-totals';
import { type ArmCounts } from './verdict';

type Bounds = [number, number];

export interface GoalComparison {
  /** The goal's name. */
  readonly metric: string;
  readonly candidate: string;
  readonly direction: 'up' | 'down';
  readonly minimumEffect: number | null;
  /** Candidate less baseline, in the metric's unit; null: nothing to compare yet. */
  readonly effect: number | null;
  /** Of the effect, time-uniform; with those of all other arms and metrics at 1 - alpha. null: too little was seen. */
  readonly interval: Bounds | null;
  /** Always valid, of no difference. */
  readonly pValue: number | null;
  /** By Holm over all arms and metrics. */
  readonly adjustedPValue: number | null;
  readonly relative: { readonly effect: number; readonly interval: Bounds | null } | null;
  readonly varianceReduction: number | null;
  readonly baseline: ArmCounts;
  readonly candidateCounts: ArmCounts;
  /** The difference that is shown, in the metric's direction; null: none is. */
  readonly shown: 'better' | 'worse' | null;
  /** Shown to be worse by the minimumEffect. */
  readonly harmful: boolean;
  /** Shown to differ by less than the minimumEffect. */
  readonly equivalent: boolean;
  readonly sentence: string;
}

type Numbers = Pick<GoalComparison, 'effect' | 'interval' | 'pValue' | 'relative' | 'varianceReduction'>;

const unknown: Numbers = { effect: null, interval: null, pValue: null, relative: null, varianceReduction: null };

/** In the order of goals, then candidates. */
export function judgeExperiment(state: ExperimentState, plan: ExperimentPlan): GoalComparison[] {
  const numbers = state.goals.map((held) => numbersOf(held, plan, state.unusableRows > 0));
  const adjusted = holm(numbers.map(({ pValue }) => pValue ?? 1));
  return state.goals.flatMap((held, index): GoalComparison[] => {
    const [goal, own] = [plan.goals[held.goal], numbers[index]];
    if (!goal || !own) return [];
    const adjustedPValue = own.pValue === null ? null : (adjusted[index] ?? 1);
    const comparison = {
      metric: goal.name,
      candidate: held.candidate,
      direction: goal.direction,
      minimumEffect: goal.minimumEffect,
      ...own,
      adjustedPValue,
      baseline: countsOf(held.totals.baseline, goal),
      candidateCounts: countsOf(held.totals.candidate, goal),
      ...claimsOf({ ...own, adjustedPValue }, goal, plan.alpha),
    };
    return [{ ...comparison, sentence: comparisonSentence(comparison, plan) }];
  });
}

function numbersOf({ totals, goal: index, target }: GoalState, plan: ExperimentPlan, unusable: boolean): Numbers {
  const goal = plan.goals[index];
  const contrast = goal && contrastGoal(totals, goal);
  if (!goal || !contrast) return unknown;
  const { effect, relative, varianceReduction } = contrast;
  const seen = { effect, pValue: null, interval: null, varianceReduction };
  const units = unitsOf(totals.baseline, goal) + unitsOf(totals.candidate, goal);
  const q = isEnough(totals, plan, goal) && !unusable ? tunedTo(contrast, { units, target }, plan) : null;
  if (q === null) return { ...seen, relative: relative && { effect: relative.difference, interval: null } };
  const k = halfWidth(q, levelOf(plan), 'two');
  return {
    ...seen,
    interval: contrast.boundsAt(k),
    pValue: Math.exp(-logEvidence(contrast.standardErrors, q, 'two')),
    relative: relative && {
      effect: relative.difference,
      interval: [relative.difference - k * relative.standardError, relative.difference + k * relative.standardError],
    },
  };
}

/** c I/I*, or c n/N* where units are planned; null: nothing says where the sequence is to be narrowest. */
function tunedTo(
  { information }: GoalContrast,
  { units, target }: { readonly units: number; readonly target: number | null },
  plan: ExperimentPlan,
): number | null {
  const c = tuning(levelOf(plan));
  if (plan.plannedUnits !== null) return (c * units) / plan.plannedUnits;
  return target === null ? null : (c * information) / target;
}

/** A difference by Holm, its size by the interval. */
function claimsOf(
  { effect, interval, adjustedPValue }: Pick<GoalComparison, 'effect' | 'interval' | 'adjustedPValue'>,
  { direction, minimumEffect }: Goal,
  alpha: number,
): Pick<GoalComparison, 'shown' | 'harmful' | 'equivalent'> {
  const sign = direction === 'up' ? 1 : -1;
  const isShown = effect !== null && effect !== 0 && adjustedPValue !== null && adjustedPValue <= alpha;
  const shown = isShown ? (sign * effect > 0 ? 'better' : 'worse') : null;
  if (interval === null || minimumEffect === null) return { shown, harmful: false, equivalent: false };
  const [worst, best] = sign > 0 ? interval : [-interval[1], -interval[0]];
  return { shown, harmful: best < -minimumEffect, equivalent: worst > -minimumEffect && best < minimumEffect };
}

function countsOf(totals: ArmTotals, goal: Goal): ArmCounts {
  const units = unitsOf(totals, goal);
  return { units, records: totals.records, value: valueOf(totals, goal, units) };
}

function valueOf({ firsts, unitSums }: ArmTotals, { kind, quantile = 0.5 }: Goal, units: number): number | null {
  if (kind !== 'quantile') return ratioMean(unitSums)?.mean ?? null;
  const at = units > 0 ? quantileMs(firsts.histogram, units, quantile) : Infinity;
  return Number.isFinite(at) ? at : null;
}

/**
 * Whether the other candidate may yet turn out better than the leading one by the deciding metric's minimumEffect. The intervals of all pairs of candidates hold
 * together at 1 - alpha. Both have had a weight all along, so that both sums are of the same time.
 */
export function mayStillLead(state: ExperimentState, plan: ExperimentPlan, leader: string, other: string): boolean {
  const [goal] = plan.goals;
  const sumsOf = (candidate: string) =>
    state.goals.find((held) => held.goal === 0 && held.candidate === candidate)?.totals.candidate;
  const [ahead, behind] = [sumsOf(leader), sumsOf(other)];
  if (!goal || goal.minimumEffect === null || !ahead || !behind) return true;
  const totals = { baseline: ahead, candidate: behind };
  const contrast = isEnough(totals, plan, goal) ? contrastGoal(totals, goal) : null;
  const target = state.goals.find((held) => held.goal === 0)?.target ?? null;
  const units = unitsOf(ahead, goal) + unitsOf(behind, goal);
  const q = contrast && tunedTo(contrast, { units, target }, plan);
  if (!contrast || q === null) return true;
  const pairs = (plan.candidates.length * (plan.candidates.length - 1)) / 2;
  const bounds = contrast.boundsAt(halfWidth(q, plan.alpha / pairs, 'two'));
  return bounds === null || (goal.direction === 'up' ? bounds[1] : -bounds[0]) >= goal.minimumEffect;
}
