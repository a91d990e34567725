// What of a bandit stage can only be judged beside its model: arms that are versions of the rollout, a metric that outcomes tell of.
import { type BanditStage, type Problem, type RolloutManifest } from '@weir/contracts';
import { checkArms } from './check-experiment';
import { isBuiltIn } from './margin';
import { type Model } from './model';

type Spec = Pick<RolloutManifest, 'candidates'>;
type Around = { readonly model: Model };

export function checkBandit(stage: BanditStage, path: string, spec: Spec, around: Around): Problem[] {
  return [
    ...checkLearnt(stage, path, around),
    ...(stage.arms ? checkArms(stage.arms, path, spec, around) : []),
    ...checkBounds(stage, path, spec, around),
  ];
}

/** It learns from one value a prediction, reported after it. */
function checkLearnt({ metric, direction }: BanditStage, path: string, { model }: Around): Problem[] {
  const at = `${path}.metric`;
  const { metrics, capture } = model.manifest;
  const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (!own) {
    const isRead = isBuiltIn(metric) || Object.hasOwn(model.manifest.ratios ?? {}, metric);
    if (!isRead) return [{ path: at, message: `${model.name} has no metric ${metric}` }];
    return [{ path: at, message: 'a bandit learns from outcomes: a truth, binary or numeric metric; guard this one' }];
  }
  if (own.type === 'output')
    return [{ path: at, message: 'is read from answers; a bandit learns from outcomes that are reported' }];
  if (own.type === 'truth' && capture.bodies === 'never')
    return [{ path: at, message: 'is judged by the answer, which the model never captures' }];
  if ('combine' in own && own.combine === 'sum' && (own.missing !== 'zero' || own.type === 'binary'))
    return [
      {
        path: at,
        message: 'adds up outcomes: a bandit needs it numeric and missing: zero, known when its time is over',
      },
    ];
  return direction !== undefined && direction !== own.direction
    ? [{ path: `${path}.direction`, message: `${metric} is declared as better when ${own.direction}` }]
    : [];
}

function checkBounds(
  { floorBps, capsBps }: BanditStage,
  path: string,
  { candidates }: Spec,
  { model }: Around,
): Problem[] {
  const arms = [model.stable, ...candidates];
  const room = arms.reduce((sum, arm) => sum + (Object.hasOwn(capsBps, arm) ? (capsBps[arm] ?? 0) : 10_000), 0);
  const strangers = Object.keys(capsBps).filter((arm) => !arms.includes(arm));
  return [
    ...(floorBps * arms.length < 10_000
      ? []
      : [{ path: `${path}.floor`, message: `${arms.length} arms cannot have this floor each` }]),
    ...strangers.map((arm) => ({ path: `${path}.caps.${arm}`, message: `${arm} is neither stable nor a candidate` })),
    ...(room < 10_000
      ? [{ path: `${path}.caps`, message: `leave ${room / 100}% of the traffic to the arms, not all of it` }]
      : []),
  ];
}
