// What of a rollout's manifest can only be judged beside its model: names, margins, arms, lists, addresses.
import { type Guardrail, type Problem, type RolloutManifest, type Stage } from '@weir/contracts';
import { checkBandit } from './check-bandit';
import { checkBlueGreen, withoutUnaskedMirror } from './check-blue-green';
import { checkRolling } from './check-rolling';
import { checkArms, checkGoals } from './check-experiment';
import { checkShadowed, checkShadowGuardrails } from './check-shadow';
import { egressProblem, type EgressRule } from './egress';
import { readMargin } from './margin';
import { isMeasured, readsAnswers } from './measured';
import { checkWhen } from './check-when';
import { isWarm, type Model } from './model';

export interface Surroundings {
  readonly model: Model;
  /** Names of the model's lists. */
  readonly lists: readonly string[];
  readonly egress: EgressRule;
}

export type CheckedRollout =
  { readonly ok: true; readonly spec: RolloutManifest } | { readonly ok: false; readonly problems: Problem[] };

/** The manifest with its margins made explicit, or everything that is wrong with it. */
export function checkRollout(asked: RolloutManifest, around: Surroundings): CheckedRollout {
  const spec = { ...asked, stages: asked.stages.map((stage) => withoutUnasked(stage, asked, around)) };
  const problems = [
    ...checkCandidates(spec, around.model),
    ...checkSlice(spec, around.model),
    ...checkOverrides(spec, around.model),
    ...spec.stages.flatMap((stage, index) => checkStage(stage, `stages[${index}].${stage.kind}`, spec, around)),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const stages = spec.stages.map((stage): Stage => ({
    ...stage,
    guardrails: explicit(stage.guardrails, around.model),
  }));
  return { ok: true, spec: { ...spec, stages } };
}

function withoutUnasked(stage: Stage, { candidates }: RolloutManifest, { model }: Surroundings): Stage {
  return stage.kind === 'blueGreen' ? withoutUnaskedMirror(stage, candidates, model) : stage;
}

function checkCandidates({ candidates, stages }: RolloutManifest, model: Model): Problem[] {
  const shifting = stages.find(({ kind }) => kind === 'canary' || kind === 'rolling' || kind === 'blueGreen');
  const several =
    shifting && candidates.length > 1
      ? [{ path: 'candidates', message: `${shifting.kind} takes one candidate: only one version can become stable` }]
      : [];
  return [
    ...several,
    ...checkShadowed(candidates, stages, model),
    ...candidates.flatMap((version, index) => checkCandidate(version, `candidates[${index}]`, stages, model)),
  ];
}

function checkCandidate(version: string, path: string, stages: readonly Stage[], model: Model): Problem[] {
  if (!Object.hasOwn(model.manifest.versions, version))
    return [{ path, message: `${version} is not a version of ${model.name}` }];
  if (version === model.stable) return [{ path, message: `${version} is the model's stable already` }];
  if (stages.every(({ kind }) => kind === 'rolling'))
    return isWarm(model, version)
      ? [{ path, message: 'rolling moves instances to the candidate, which declares none' }]
      : [];
  return isWarm(model, version) ? [] : [{ path, message: `${version} declares no instances` }];
}

/** A slice that reaches into the holdout is cut there. */
function checkSlice({ slice }: RolloutManifest, { manifest }: Model): Problem[] {
  const held = 10_000 - (manifest.holdout ?? 0);
  return slice.from < held ? [] : [{ path: 'slice.from', message: `the units from ${held / 100}% on are held out` }];
}

function checkOverrides({ overrides = {} }: RolloutManifest, model: Model): Problem[] {
  return Object.entries(overrides)
    .filter(([, version]) => !isWarm(model, version))
    .map(([unit, version]) => ({ path: `overrides.${unit}`, message: `${version} is no version with instances` }));
}

function checkStage(stage: Stage, path: string, spec: RolloutManifest, around: Surroundings): Problem[] {
  const guarded = stage.guardrails.flatMap((guardrail, index) =>
    checkGuardrail(guardrail, `${path}.guardrails[${index}]`, around),
  );
  return [...checkKind(stage, path, spec, around), ...guarded];
}

function checkKind(stage: Stage, path: string, spec: RolloutManifest, around: Surroundings): Problem[] {
  switch (stage.kind) {
    case 'shadow':
      return checkShadowGuardrails(stage, path, around.model);
    case 'blueGreen':
      return checkBlueGreen(stage, path, spec, around.model);
    case 'canary':
      return checkWhen(stage.when, path, around);
    case 'ab':
      return [
        ...checkWhen(stage.when, path, around),
        ...checkGoals(stage, path, around),
        ...checkArms(stage.arms, path, spec, around),
      ];
    case 'bandit':
      return [...checkWhen(stage.when, path, around), ...checkBandit(stage, path, spec, around)];
    case 'rolling':
      return checkRolling(stage, path, spec, around);
  }
}

function checkGuardrail(guardrail: Guardrail, path: string, around: Surroundings): Problem[] {
  if ('prometheus' in guardrail) {
    const hostile = egressProblem(guardrail.prometheus.url, around.egress);
    return hostile ? [{ path: `${path}.prometheus.url`, message: hostile }] : [];
  }
  const { model } = around;
  const { metrics, capture } = model.manifest;
  const metric = Object.hasOwn(metrics, guardrail.metric) ? metrics[guardrail.metric] : undefined;
  if (!isMeasured(guardrail.metric, model))
    return [{ path: `${path}.metric`, message: `${model.name} has no metric ${guardrail.metric}` }];
  if (capture.bodies === 'never' && readsAnswers(guardrail.metric, model))
    return [{ path: `${path}.metric`, message: 'is judged by the answer, which the model never captures' }];
  const reading = readMargin(guardrail.metric, metric, guardrail.margin);
  return reading.ok ? [] : [{ path: `${path}.margin`, message: reading.message }];
}

function explicit(guardrails: readonly Guardrail[], { manifest }: Model): Guardrail[] {
  return guardrails.map((guardrail) => {
    if ('prometheus' in guardrail) return guardrail;
    const reading = readMargin(guardrail.metric, manifest.metrics[guardrail.metric], guardrail.margin);
    return reading.ok ? { ...guardrail, margin: reading.margin } : guardrail;
  });
}
