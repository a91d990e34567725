// One stage of a plan: its weights and least durations, and what simulated canaries of it take.
import {
  type AbStage,
  type BanditStage,
  type CanaryStage,
  type PlannedStage,
  type RolloutManifest,
} from '@weir/contracts';
import { planCanarySlices, type CanaryPlan } from '@weir/stats';
import { alphaPerGuardrail, planGuardrails } from './guardrail-plans';
import { type Declared } from './experiment-plans';
import { leastMsOf } from './plan';
import { planBlueGreen } from './plan-blue-green';
import { banditWarnings, firstStep, planBandit } from './plan-bandit';
import { planExperiment, sizeWarnings } from './plan-experiment';
import { planShadow } from './plan-shadow';
import { type Traffic } from './plan-traffic';
import { guardrailName } from './query-guardrails';

interface Around extends Declared {
  readonly baseline: string;
  readonly versions?: Readonly<Record<string, { readonly instances: readonly string[] }>>;
  readonly traffic: Traffic;
  /** The manifest has no problems. */
  readonly sound: boolean;
}

interface StageInPlan {
  readonly planned: PlannedStage;
  readonly warnings: readonly string[];
}

/** In slices: there is much to simulate. */
export function* planStage(spec: RolloutManifest, index: number, around: Around): Generator<void, StageInPlan> {
  const stage = spec.stages[index];
  const canary = stage?.kind === 'canary' ? stage : undefined;
  const shadow = stage?.kind === 'shadow' && around.sound ? planShadow(spec, index, stage, around) : undefined;
  const simulated = canary && around.sound ? yield* simulate(spec, index, canary, around) : undefined;
  const alpha = alphaPerGuardrail(spec);
  const ab = stage?.kind === 'ab' ? stage : undefined;
  const size = ab && around.sound ? sizeOf(ab, spec, around) : null;
  const bandit = stage?.kind === 'bandit' ? stage : undefined;
  const learning = bandit && around.sound ? planBandit(bandit, spec.candidates, around) : undefined;
  const switched = stage?.kind === 'blueGreen' ? planBlueGreen(stage, spec, around) : undefined;
  const manual = canary?.steps.some(({ hold }) => hold === 'manual') ?? true;
  const planned: PlannedStage = {
    kind: stage?.kind ?? '',
    steps: canary
      ? stepsOf(spec, canary, around.baseline, simulated)
      : (switched?.steps ?? sharesIn(ab ?? bandit, spec, around)),
    minUnits: (canary ?? ab)?.minUnits ?? null,
    guardrails: (stage?.guardrails ?? []).map((each, place, all) => ({
      name: guardrailName(all, place),
      alpha: 'metric' in each ? alpha : null,
    })),
    ...(shadow && { pairs: shadow.pairs }),
    totalMs: (switched ?? shadow)?.totalMs ?? (simulated && !manual ? simulated.totalMs : null),
    detection: simulated ? simulated.detection.map((each) => ({ ...each })) : [],
    ...(ab && { size }),
    ...(learning && { learning }),
  };
  const doubts = [
    ...(ab && around.sound ? sizeWarnings(ab, size) : []),
    ...(bandit && learning ? banditWarnings(bandit, learning, around) : []),
  ];
  return { planned, warnings: [...((simulated ?? shadow ?? switched)?.warnings ?? []), ...doubts] };
}

function sizeOf(stage: AbStage, { candidates }: RolloutManifest, { metrics, ratios, traffic }: Around) {
  return planExperiment(stage, { candidates, declared: { metrics, ratios }, traffic });
}

/** Until it is decided; of a bandit those that it begins with. */
function sharesIn(
  stage: AbStage | BanditStage | undefined,
  { candidates }: RolloutManifest,
  { baseline }: Around,
): PlannedStage['steps'] {
  if (!stage) return [];
  return stage.kind === 'bandit'
    ? [firstStep(stage, candidates, baseline)]
    : [{ weights: stage.arms, leastMs: null, expected: null }];
}

function* simulate(
  spec: RolloutManifest,
  index: number,
  stage: CanaryStage,
  { baseline, metrics, ratios, traffic }: Around,
): Generator<void, CanaryPlan> {
  const guardrails = planGuardrails(spec, baseline, { metrics, ratios }).filter((planned) => planned.stage === index);
  return yield* planCanarySlices({
    steps: stage.steps.map((step) => ({
      weightBps: step.weightBps,
      leastMs: leastMsOf(step, stage) ?? stage.everyMs,
      byHand: step.hold === 'manual',
    })),
    maxStepMs: stage.maxStepMs,
    advance: stage.advance,
    minUnits: stage.minUnits,
    guardrails: guardrails.map(({ plan }) => plan),
    marksAnother: stage.guardrails.some((each) => 'prometheus' in each && each.must === 'pass'),
    unitsPerSecond: traffic.told.unitsPerSecond,
    predictionsPerSecond: traffic.told.predictionsPerSecond,
    stable: traffic.stable,
  });
}

function stepsOf(
  { candidates }: RolloutManifest,
  stage: CanaryStage,
  baseline: string,
  simulated: CanaryPlan | undefined,
): PlannedStage['steps'] {
  const [candidate = ''] = candidates;
  return stage.steps.map((step, index) => {
    const leastMs = leastMsOf(step, stage);
    const expected = simulated?.steps[index];
    const weights = { [baseline]: 10_000 - step.weightBps, [candidate]: step.weightBps };
    if (!expected || leastMs === null) return { weights, leastMs, expected: null };
    const { weightBps: _, ...figures } = expected;
    return { weights, leastMs, expected: figures };
  });
}
