// The experiments of one attempt, window by window, and what each has come to.
import { type ExperimentDecision, type ExperimentView } from '@weir/contracts';
import {
  foldExperiment,
  foldStageRatios,
  judgeExperiment,
  judgeStageRatios,
  mayStillLead,
  openExperiment,
  openStageRatios,
  type ExperimentState,
  type GoalComparison,
  type StageRatios,
} from '@weir/stats';
import { type PlannedExperiment } from './experiment-plans';
import { type ExperimentSeen } from './verdict';
import { type WholeWindow } from './whole-windows';

/** Plain JSON. */
export interface JudgedExperiment extends PlannedExperiment {
  readonly state: ExperimentState;
  readonly ratioState: StageRatios;
}

export function openExperiments(planned: readonly PlannedExperiment[]): JudgedExperiment[] {
  return planned.map(({ plan, ratios }) => ({
    plan,
    ratios,
    state: openExperiment(plan),
    ratioState: openStageRatios(ratios),
  }));
}

export function foldExperiments(
  experiments: readonly JudgedExperiment[],
  { rows }: Pick<WholeWindow, 'rows'>,
): JudgedExperiment[] {
  return experiments.map(({ plan, ratios, state, ratioState }) => ({
    plan,
    ratios,
    state: foldExperiment(state, plan, rows),
    ratioState: foldStageRatios(ratioState, ratios, rows),
  }));
}

export function seeExperiment({ plan, ratios, state, ratioState }: JudgedExperiment): ExperimentSeen {
  const { broken, sentence, assigned, served, joined } = judgeStageRatios(ratioState, ratios);
  const stages = { assigned, served, joined };
  const told = Object.fromEntries(
    Object.entries(stages).map(([stage, { status, eValue, threshold, units }]) => [
      stage,
      { verdict: status, eValue, threshold, units: { ...units } },
    ]),
  ) as Record<keyof typeof stages, ExperimentDecision['sampleRatio']['joined']>;
  return {
    comparisons: judgeExperiment(state, plan).map(viewOf),
    sampleRatio: { broken, sentence, ...told },
    mayStillLead: (leader, other) => mayStillLead(state, plan, leader, other),
  };
}

function viewOf(comparison: GoalComparison): ExperimentView['comparisons'][number] {
  return {
    ...comparison,
    relative: comparison.relative && { ...comparison.relative },
    baseline: { ...comparison.baseline },
    candidateCounts: { ...comparison.candidateCounts },
  };
}
