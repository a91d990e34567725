// What a rolling update needs of its model and of its rollout.
import { type Problem, type RollingStage, type RolloutManifest } from '@weir/contracts';
import { egressProblem, type EgressRule } from './egress';
import { type Model } from './model';

interface Around {
  readonly model: Model;
  readonly egress: EgressRule;
}

export function checkRolling(stage: RollingStage, path: string, spec: RolloutManifest, around: Around): Problem[] {
  return [
    ...checkPlace(path, spec, around.model),
    ...checkFleet(path, around.model),
    ...checkTold(stage, path, around.model),
    ...checkUpdater(stage.updater, `${path}.updater`, spec, around),
  ];
}

/** All of stable's instances move: nobody can be left on them. */
function checkPlace(path: string, { stages, slice, overrides = {} }: RolloutManifest, model: Model): Problem[] {
  const isLast = stages.at(-1)?.kind === 'rolling' && stages.filter(({ kind }) => kind === 'rolling').length === 1;
  const { holdout, overrides: forced = {} } = model.manifest;
  const units = Object.entries({ ...forced, ...overrides }).filter(([, version]) => version === model.stable);
  return [
    ...(isLast ? [] : [{ path, message: 'is the last stage: after it no instance is left to compare with' }]),
    ...(slice.from === 0 && slice.to === 10_000
      ? []
      : [{ path: 'slice', message: 'rolling moves all instances, and so all units' }]),
    ...(holdout ? [{ path, message: 'rolling moves the instances that the held out units are on' }] : []),
    ...units.map(([unit]) => ({ path, message: `${unit} is held on ${model.stable}, whose instances are moved` })),
    ...(model.targets.some(({ version }) => version === model.stable)
      ? [{ path, message: `a lasting target holds a segment on ${model.stable}, whose instances are moved` }]
      : []),
  ];
}

function checkFleet(path: string, { manifest, stable }: Model): Problem[] {
  const urls = manifest.versions[stable]?.instances ?? [];
  if (urls.length < 2)
    return [{ path, message: `${stable} has ${urls.length} instance, and one at least must stay in service` }];
  const followed = urls.find((url) => url.startsWith('dns+'));
  return followed === undefined
    ? []
    : [{ path, message: `${followed} follows a name, and instances are updated one by one: name each` }];
}

/** What is asked for and cannot be had is refused, not left out. */
function checkTold({ warmup, guardrails }: RollingStage, path: string, { manifest }: Model): Problem[] {
  const marked = guardrails.findIndex((each) => each.must === 'pass');
  const unkept = warmup > 0 && manifest.capture.bodies === 'never';
  return [
    ...(marked < 0 ? [] : [{ path: `${path}.guardrails[${marked}].must`, message: 'rolling goes on by readiness' }]),
    ...(unkept ? [{ path: `${path}.warmup`, message: 'needs recorded requests, which the model never captures' }] : []),
  ];
}

function checkUpdater(
  updater: RollingStage['updater'],
  path: string,
  spec: RolloutManifest,
  { model, egress }: Around,
): Problem[] {
  const hostile = updater.webhook ? egressProblem(updater.webhook.url, egress) : undefined;
  if (hostile) return [{ path: `${path}.webhook.url`, message: hostile }];
  if (!updater.repository) return [];
  if (model.manifest.protocol === 'raw')
    return [{ path: `${path}.repository`, message: 'a raw server has no model repository' }];
  const nameOf = (version: string) => model.manifest.versions[version]?.modelName ?? model.name;
  return spec.candidates.some((candidate) => nameOf(candidate) === nameOf(model.stable))
    ? [{ path: `${path}.repository`, message: 'the candidate and stable need different modelNames' }]
    : [];
}
