// What a rollout would do, told without doing it: stages, steps, weights, least durations, the error each guardrail may make.
import { type PlannedStage, type Problem, type RolloutManifest, type RolloutPlan, type Stage } from '@weir/contracts';
import { type Store } from './ports';
import { errorStatuses, Refused } from './refusals';
import { type SubmitRollout } from './submit-rollout';

export class PlanRollout {
  constructor(
    private readonly store: Store,
    private readonly submit: SubmitRollout,
  ) {}

  async plan(manifest: RolloutManifest): Promise<RolloutPlan> {
    try {
      const { model, spec } = await this.submit.check(this.store.read, manifest, 'read');
      return describe(spec, model.stable, []);
    } catch (error) {
      if (!(error instanceof Refused) || errorStatuses[error.code] !== 400) throw error;
      return describe(manifest, 'stable', error.details);
    }
  }
}

function describe(spec: RolloutManifest, baseline: string, problems: Problem[]): RolloutPlan {
  const guarded = spec.stages.flatMap(({ guardrails }) => guardrails).filter((each) => 'metric' in each);
  const alpha = guarded.length > 0 ? spec.alpha / (spec.candidates.length * guarded.length) : null;
  return {
    problems,
    warnings: warningsOf(spec, guarded.length),
    stages: spec.stages.map((stage) => planStage(stage, spec, baseline, alpha)),
    alphaPerGuardrail: alpha,
  };
}

function planStage(
  stage: Stage,
  { candidates }: RolloutManifest,
  baseline: string,
  alpha: number | null,
): PlannedStage {
  const [candidate = ''] = candidates;
  return {
    kind: stage.kind,
    steps:
      stage.kind === 'canary'
        ? stage.steps.map(({ weightBps, hold, holdMs }) => ({
            weights: { [baseline]: 10_000 - weightBps, [candidate]: weightBps },
            leastMs: hold === 'manual' ? null : (holdMs ?? stage.everyMs),
          }))
        : [],
    minUnits: stage.kind === 'canary' ? stage.minUnits : null,
    guardrails: stage.guardrails.map((each) =>
      'metric' in each ? { name: each.metric, alpha } : { name: each.prometheus.query, alpha: null },
    ),
  };
}

function warningsOf({ stages, slice }: RolloutManifest, guarded: number): string[] {
  const unguarded = guarded === 0 ? ['no guardrail: nothing but a person would stop a bad candidate'] : [];
  const narrow = slice.to - slice.from < 1_000 ? ['a slice below 10% of the units gathers evidence slowly'] : [];
  const byHand = stages.some(({ kind }) => kind === 'canary') ? ['steps are moved by hand: promote each one'] : [];
  return [...unguarded, ...narrow, ...byHand];
}
