// What `advance` needs to know of a manifest: the stages with their steps, and who wins.
import {
  type AbStage,
  type BanditStage,
  type BlueGreenStage,
  type CanaryStage,
  type CanaryStep,
  type Mirror,
  type RollingStage,
  type RolloutManifest,
  type ShadowStage,
  type Stage,
} from '@weir/contracts';
import { switchSteps } from './green';
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

/** Arms share the traffic as their outcomes have earned it: one step, whose weights an allocator moves within bounds. */
export interface LearnPlan extends Pick<
  BanditStage,
  'metric' | 'updateMs' | 'floorBps' | 'capsBps' | 'maxChangeBps' | 'minOutcomes' | 'maxDurationMs' | 'decide'
> {
  readonly kind: 'learn';
}

/** Instances are moved to the candidate batch by batch, and the traffic follows them: one step. */
export interface ReplacePlan extends Pick<
  RollingStage,
  'batch' | 'maxUnavailable' | 'minReadyMs' | 'deadlineMs' | 'drainMs'
> {
  readonly kind: 'replace';
  /** A person updates the instances, and says so. */
  readonly byHand: boolean;
}

/** All of the traffic at once, from blue to green and, if need be, back: green is made ready, previewed, and bakes with the traffic (green.ts names the steps). */
export interface SwitchPlan extends Pick<
  BlueGreenStage,
  'approve' | 'deadlineMs' | 'previewMs' | 'maxPreviewMs' | 'bakeMs' | 'keepBlueMs'
> {
  readonly kind: 'switch';
  /** What the preview compares; absent: nothing. */
  readonly mirror?: Pick<Mirror, 'minPairs' | 'minCoverageBps'>;
}

export type StagePlan = ShiftPlan | ComparePlan | ExperimentStagePlan | LearnPlan | ReplacePlan | SwitchPlan;

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
 * The version that a rollout leaves in charge when it completes here: the one that a person names, the one that an experiment or a bandit of this
 * stage has found, the only one there is, or the one that a bandit has leading. null: none, by its kind; undefined: several could be meant.
 */
export function winnerOf(plan: Plan, at: Place, named?: string): string | null | undefined {
  if (!plan.crowns) return null;
  const left = candidatesIn(plan, at);
  const found = at.decisions?.find(({ stage }) => stage === at.stage)?.winner;
  const [only, ...others] = left;
  if (named !== undefined) return named;
  if (found && left.includes(found)) return found;
  return others.length === 0 ? only : left.find((version) => version === at.allocation?.leader);
}

function stagePlan(stage: Stage): StagePlan {
  if (stage.kind === 'canary') return { ...stage, kind: 'shift' };
  if (stage.kind === 'shadow') return { ...stage, kind: 'compare' };
  if (stage.kind === 'ab') return { ...stage, kind: 'experiment' };
  if (stage.kind === 'bandit') return { ...stage, kind: 'learn' };
  if (stage.kind === 'blueGreen') return { ...stage, kind: 'switch' };
  return { ...stage, kind: 'replace', byHand: stage.updater.manual !== undefined };
}

export function stepsIn(stage: StagePlan | undefined): number {
  if (stage?.kind === 'switch') return switchSteps.length;
  return stage?.kind === 'shift' ? stage.steps.length : 1;
}

/** How long a step lasts at least: null where only a person ends it. */
export function leastMsOf({ hold, holdMs }: CanaryStep, { everyMs }: Pick<ShiftPlan, 'everyMs'>): number | null {
  return hold === 'manual' ? null : (holdMs ?? everyMs);
}
