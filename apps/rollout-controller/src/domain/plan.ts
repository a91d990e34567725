// What `advance` needs to know of a manifest: the stages with their steps, and who wins.
import {
  type AbStage,
  type CanaryStage,
  type CanaryStep,
  type RolloutManifest,
  type ShadowStage,
  type Stage,
} from '@weir/contracts';
import { type Place } from './rollout';

/** Traffic is shifted to the candidate, step by step. */
export interface ShiftPlan extends Pick<
  CanaryStage,
  'advance' | 'everyMs' | 'maxStepMs' | 'minUnits' | 'onInconclusive'
> {
  readonly kind: 'shift';
  /** At least 1. */
  readonly steps: readonly CanaryStep[];
}

/** Candidates answer beside stable: one step, whose weights are stable's alone. */
export interface ComparePlan extends Pick<
  ShadowStage,
  'minPairs' | 'minCoverageBps' | 'durationMs' | 'maxDurationMs' | 'onInconclusive'
> {
  readonly kind: 'compare';
}

/** Arms share the traffic until one metric decides between them: one step, whose weights change only when an arm is out. */
export interface ExperimentStagePlan extends Pick<AbStage, 'metric' | 'maxDurationMs' | 'decide'> {
  readonly kind: 'experiment';
}

export type StagePlan = ShiftPlan | ComparePlan | ExperimentStagePlan;

export interface Plan {
  readonly stages: readonly StagePlan[];
  readonly candidates: readonly string[];
  /** A completed rollout leaves a candidate in charge; false: it changes nothing. */
  readonly crowns: boolean;
}

export function planOf({ stages, candidates }: Pick<RolloutManifest, 'stages' | 'candidates'>): Plan {
  return { stages: stages.map(stagePlan), candidates, crowns: stages.at(-1)?.kind !== 'shadow' };
}

/** Candidates that are in it still. */
export function candidatesIn({ candidates }: Pick<Plan, 'candidates'>, { out = [] }: Pick<Place, 'out'>): string[] {
  return candidates.filter((version) => !out.some((each) => each.version === version));
}

/**
 * The version that a rollout leaves in charge when it completes here: the one that a person names, the one that an experiment of this stage
 * has found, or the only one there is. null: none, by its kind; undefined: several could be meant.
 */
export function winnerOf(plan: Plan, at: Place, named?: string): string | null | undefined {
  if (!plan.crowns) return null;
  const left = candidatesIn(plan, at);
  const found = at.decisions?.find(({ stage }) => stage === at.stage)?.winner;
  const [only, ...others] = left;
  return named ?? (found && left.includes(found) ? found : others.length === 0 ? only : undefined);
}

/** Kinds that cannot run yet are one step that only a person ends. */
function stagePlan(stage: Stage): StagePlan {
  if (stage.kind === 'canary') return { ...stage, kind: 'shift' };
  if (stage.kind === 'shadow') return { ...stage, kind: 'compare' };
  if (stage.kind === 'ab') return { ...stage, kind: 'experiment' };
  const held: CanaryStep = { weightBps: 0, hold: 'manual' };
  const never = { everyMs: 0, maxStepMs: Infinity, minUnits: 0 };
  return { kind: 'shift', steps: [held], advance: 'time', ...never, onInconclusive: 'pause' };
}

export function stepsIn(stage: StagePlan | undefined): number {
  return stage?.kind === 'shift' ? stage.steps.length : 1;
}

/** How long a step lasts at least: null where only a person ends it. */
export function leastMsOf({ hold, holdMs }: CanaryStep, { everyMs }: Pick<ShiftPlan, 'everyMs'>): number | null {
  return hold === 'manual' ? null : (holdMs ?? everyMs);
}
