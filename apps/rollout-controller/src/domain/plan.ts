// What `advance` needs to know of a manifest: the stages with their steps, and who wins.
import { type CanaryStage, type CanaryStep, type RolloutManifest, type ShadowStage, type Stage } from '@weir/contracts';

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

export type StagePlan = ShiftPlan | ComparePlan;

export interface Plan {
  readonly stages: readonly StagePlan[];
  /** The version that a completed rollout leaves in charge; null: it changes nothing. */
  readonly winner: string | null;
}

export function planOf({ stages, candidates }: Pick<RolloutManifest, 'stages' | 'candidates'>): Plan {
  const winner = stages.at(-1)?.kind === 'shadow' ? null : (candidates[0] ?? null);
  return { stages: stages.map(stagePlan), winner };
}

/** Kinds that cannot run yet are one step that only a person ends. */
function stagePlan(stage: Stage): StagePlan {
  if (stage.kind === 'canary') return { ...stage, kind: 'shift' };
  if (stage.kind === 'shadow') return { ...stage, kind: 'compare' };
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
