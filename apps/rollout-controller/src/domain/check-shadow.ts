// What of a shadow stage can only be judged beside its model: who may be called twice, and what pairs can be guarded on.
import { type ModelManifest, type Problem, type ShadowStage, type Stage } from '@weir/contracts';
import { isBuiltIn } from './margin';
import { isRatio } from './measured';
import { mirroredIn } from './mirrored';
import { type Model } from './model';
import { occupies, serves, type Rollout } from './rollout';

/** Whoever is shadowed is called for what stable has answered already. */
export function checkShadowed(candidates: readonly string[], stages: readonly Stage[], { manifest }: Model): Problem[] {
  const shadow = stages.findIndex((stage) => mirroredIn(stage) !== undefined);
  if (shadow < 0) return [];
  const path = pathOf(stages[shadow], shadow);
  const never =
    manifest.capture.bodies === 'never'
      ? [{ path, message: 'compares what was asked and answered, which the model never captures' }]
      : [];
  const unsafe = candidates.flatMap((version, index) =>
    manifest.versions[version]?.shadowSafe === false
      ? [{ path: `candidates[${index}]`, message: `${version} declares shadowSafe: false, and ${path} would call it` }]
      : [],
  );
  return [...never, ...unsafe];
}

function pathOf(stage: Stage | undefined, index: number): string {
  return stage?.kind === 'blueGreen' ? `stages[${index}].blueGreen.mirror` : `stages[${index}].shadow`;
}

/** What a manifest must not come to say while a rollout is in a shadow stage, or has one before it. */
export function shadowObstacles({ id, spec, state }: Rollout, manifest: ModelManifest): Problem[] {
  if (state.phase !== 'queued' && !occupies({ state })) return [];
  const from = serves(state) ? state.at.stage : 0;
  const isShadowed = spec.stages.some((stage, index) => mirroredIn(stage) !== undefined && index >= from);
  return isShadowed ? refusedShadows(spec.candidates, manifest, `the rollout ${id}`) : [];
}

/** By the field of the model's manifest. */
export function refusedShadows(candidates: readonly string[], manifest: ModelManifest, asker: string): Problem[] {
  const never =
    manifest.capture.bodies === 'never'
      ? [{ path: 'capture.bodies', message: `${asker} has a shadow stage, which compares what is captured` }]
      : [];
  const unsafe = candidates
    .filter((version) => manifest.versions[version]?.shadowSafe === false)
    .map((version) => ({ path: `versions.${version}.shadowSafe`, message: `${asker} has ${version} as a shadow` }));
  return [...never, ...unsafe];
}

/** On the same requests there are errors, latencies and who was right; another metric needs traffic of its own. */
export function checkShadowGuardrails({ guardrails }: ShadowStage, path: string, model: Model): Problem[] {
  return guardrails.flatMap((guardrail, index): Problem[] => {
    if (!('metric' in guardrail) || isBuiltIn(guardrail.metric)) return [];
    const at = `${path}.guardrails[${index}]`;
    const metric = model.manifest.metrics[guardrail.metric];
    if (metric === undefined && !isRatio(guardrail.metric, model)) return [];
    if (metric?.type !== 'truth')
      return [{ path: `${at}.metric`, message: 'needs answers that callers get; a shadow is judged on truth metrics' }];
    const { margin } = guardrail;
    const isRelative = typeof margin === 'object' && 'relative' in margin;
    return isRelative ? [{ path: `${at}.margin`, message: 'a shadow is held to an absolute margin' }] : [];
  });
}
