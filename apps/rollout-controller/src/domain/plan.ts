// What `advance` needs to know of a manifest: the stages with their steps, and who wins.
import { type CanaryStage, type CanaryStep, type RolloutManifest, type Stage } from '@weir/contracts';

export interface StagePlan extends Pick<
  CanaryStage,
  'advance' | 'everyMs' | 'maxStepMs' | 'minUnits' | 'onInconclusive'
> {
  /** At least 1. */
  readonly steps: readonly CanaryStep[];
}

export interface Plan {
  readonly stages: readonly StagePlan[];
  /** The version that a completed rollout leaves in charge. */
  readonly candidate: string;
}

export function planOf({ stages, candidates }: Pick<RolloutManifest, 'stages' | 'candidates'>): Plan {
  return { stages: stages.map(stagePlan), candidate: candidates[0] ?? '' };
}

/** Kinds that cannot run yet are one step that only a person ends. */
function stagePlan(stage: Stage): StagePlan {
  if (stage.kind === 'canary') return stage;
  const held: CanaryStep = { weightBps: 0, hold: 'manual' };
  return { steps: [held], advance: 'time', everyMs: 0, maxStepMs: Infinity, minUnits: 0, onInconclusive: 'pause' };
}

/** How long a step lasts at least: null where only a person ends it. */
export function leastMsOf({ hold, holdMs }: CanaryStep, { everyMs }: Pick<StagePlan, 'everyMs'>): number | null {
  return hold === 'manual' ? null : (holdMs ?? everyMs);
}
