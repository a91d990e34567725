// What of an ab stage can only be judged beside its model: arms that are versions of the rollout, metrics that are there.
import { type AbStage, type Problem, type RolloutManifest } from '@weir/contracts';
import { goalsOf } from './experiment-plans';
import { isMeasured, readsAnswers } from './measured';
import { type Model } from './model';

export function checkGoals(stage: AbStage, path: string, { model }: { readonly model: Model }): Problem[] {
  return goalsOf(stage).flatMap(({ metric, minimumEffect = 0 }, index): Problem[] => {
    const at = index === 0 ? path : `${path}.metrics[${index - 1}]`;
    // latency is the mean
    if (!isMeasured(metric, model) && metric !== 'latency')
      return [{ path: `${at}.metric`, message: `${model.name} has no metric ${metric}` }];
    const { type } = model.manifest.metrics[metric] ?? {};
    if (model.manifest.capture.bodies === 'never' && readsAnswers(metric, model))
      return [{ path: `${at}.metric`, message: 'is judged by the answer, which the model never captures' }];
    const isShare = type === 'truth' || type === 'binary' || /error-rate$/.test(metric);
    return isShare && minimumEffect >= 1
      ? [{ path: `${at}.minimumEffect`, message: 'an effect of 1 or more cannot be had by a metric between 0 and 1' }]
      : [];
  });
}

export function checkArms(
  arms: Readonly<Record<string, number>>,
  path: string,
  spec: Pick<RolloutManifest, 'candidates'>,
  { model }: { readonly model: Pick<Model, 'stable'> },
): Problem[] {
  const known = [model.stable, ...spec.candidates];
  const strangers = Object.keys(arms)
    .filter((arm) => !known.includes(arm))
    .map((arm) => ({ path: `${path}.arms.${arm}`, message: `${arm} is neither stable nor a candidate` }));
  const missing = known
    .filter((arm) => !Object.hasOwn(arms, arm))
    .map((arm) => ({ path: `${path}.arms`, message: `${arm} has no share` }));
  return [...strangers, ...missing];
}

/** Whether the arms of all ab and bandit stages that name theirs are the stable and the candidates: a stable that has moved meanwhile has no share. */
export function armsFit(spec: Pick<RolloutManifest, 'stages' | 'candidates'>, stable: string): boolean {
  return spec.stages.every((stage) => {
    const arms = stage.kind === 'ab' || stage.kind === 'bandit' ? stage.arms : undefined;
    return arms === undefined || checkArms(arms, '', spec, { model: { stable } }).length === 0;
  });
}
