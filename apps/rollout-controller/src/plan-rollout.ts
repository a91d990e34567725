// What a rollout would do, told without doing it: stages, steps, weights, how long and how many units they take, and what the traffic cannot show.
import { type PlannedStage, type Problem, type RolloutManifest, type RolloutPlan } from '@weir/contracts';
import { type Declared } from './domain/experiment-plans';
import { alphaPerGuardrail } from './domain/guardrail-plans';
import { planStage } from './domain/plan-stage';
import { trafficFor, type ObservedTraffic } from './domain/plan-traffic';
import { type Store } from './ports';
import { errorStatuses, Refused } from './refusals';
import { type SubmitRollout } from './submit-rollout';

interface Around extends Declared {
  readonly baseline: string;
  readonly versions?: Readonly<Record<string, { readonly instances: readonly string[] }>>;
  readonly observed: ObservedTraffic | undefined;
}

export class PlanRollout {
  constructor(
    private readonly store: Store,
    private readonly submit: SubmitRollout,
    /** Lets others have their turn. */
    private readonly giveWay: () => Promise<void>,
  ) {}

  async plan(manifest: RolloutManifest): Promise<RolloutPlan> {
    try {
      const { model, spec } = await this.submit.check(this.store.read, manifest, 'read');
      const observed = await this.store.read.evidence.traffic(model.name);
      return await this.inSlices(describe(spec, { ...model.manifest, baseline: model.stable, observed }, []));
    } catch (error) {
      if (!(error instanceof Refused) || errorStatuses[error.code] !== 400) throw error;
      return this.inSlices(describe(manifest, { baseline: 'stable', metrics: {}, observed: undefined }, error.details));
    }
  }

  private async inSlices<T>(slices: Generator<void, T>): Promise<T> {
    for (;;) {
      const { done, value } = slices.next();
      if (done) return value;
      await this.giveWay();
    }
  }
}

/** What has problems is not simulated: its margins may mean nothing. */
function* describe(spec: RolloutManifest, around: Around, problems: Problem[]): Generator<void, RolloutPlan> {
  const traffic = trafficFor(around.observed, spec.slice.to - spec.slice.from);
  const sound = problems.length === 0;
  const stages = [];
  for (const index of spec.stages.keys()) stages.push(yield* planStage(spec, index, { ...around, traffic, sound }));
  return {
    problems,
    warnings: [...warningsOf(spec), ...stages.flatMap(({ warnings }) => warnings)],
    stages: stages.map(({ planned }): PlannedStage => planned),
    traffic: traffic.told,
    alphaPerGuardrail: alphaPerGuardrail(spec),
  };
}

function warningsOf(spec: RolloutManifest): string[] {
  const { stages, slice } = spec;
  const canaries = stages.flatMap((stage) => (stage.kind === 'canary' ? [stage] : []));
  // a shadow is held to its agreement, whatever else it has
  const guarded =
    stages.every(({ kind }) => kind === 'shadow') || stages.some(({ guardrails }) => guardrails.length > 0);
  const warnings: [boolean, string][] = [
    [!guarded, 'no guardrail: nothing but a person would stop a bad candidate'],
    [slice.to - slice.from < 1_000, 'a slice below 10% of the units gathers evidence slowly'],
    [canaries.some(({ steps }) => steps.some(({ hold }) => hold === 'manual')), 'steps held by hand: promote each one'],
  ];
  return warnings.filter(([applies]) => applies).map(([, words]) => words);
}
