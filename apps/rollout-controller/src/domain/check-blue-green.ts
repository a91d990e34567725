// What a blue-green needs of its model and of its rollout, and what is left out of it where its model cannot have it.
import { type BlueGreenStage, type Guardrail, type Problem, type RolloutManifest } from '@weir/contracts';
import { isRatio } from './measured';
import { type Model } from './model';

export function checkBlueGreen(
  stage: BlueGreenStage,
  path: string,
  { stages }: RolloutManifest,
  model: Model,
): Problem[] {
  const isLast = stages.at(-1)?.kind === 'blueGreen' && stages.filter(({ kind }) => kind === 'blueGreen').length === 1;
  return [
    ...(isLast ? [] : [{ path, message: 'is the last stage: after it there is no blue to compare with' }]),
    ...(stage.controlBps === undefined
      ? stage.guardrails.flatMap((guardrail, index) => checkAlone(guardrail, `${path}.guardrails[${index}]`, model))
      : []),
  ];
}

/** Without a control nothing is shown to be as good: green is held to limits. */
function checkAlone(guardrail: Guardrail, path: string, model: Model): Problem[] {
  if (!('metric' in guardrail)) return [];
  if (guardrail.must === 'pass')
    return [
      {
        path: `${path}.must`,
        message: 'needs a control: without blue beside it green is held to limits, and shown nothing',
      },
    ];
  return isRatio(guardrail.metric, model)
    ? [{ path: `${path}.metric`, message: 'is a ratio, which needs a control: blue beside green' }]
    : [];
}

/** A mirror that nobody asked for, where green may not be called twice or nothing is captured to compare. */
export function withoutUnaskedMirror(
  stage: BlueGreenStage,
  candidates: readonly string[],
  { manifest }: Pick<Model, 'manifest'>,
): BlueGreenStage {
  const unsafe = candidates.some((version) => manifest.versions[version]?.shadowSafe === false);
  if (stage.mirror?.decides !== 'errors' || (!unsafe && manifest.capture.bodies !== 'never')) return stage;
  const { mirror: _, ...plain } = stage;
  return plain;
}
