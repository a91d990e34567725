// What a model measures: the metrics that it declares, the ratios of them, and those that every model has.
import { isBuiltIn } from './margin';
import { type Model } from './model';

type Measuring = Pick<Model, 'manifest'>;

export function isMeasured(metric: string, { manifest: { metrics, ratios = {} } }: Measuring): boolean {
  return isBuiltIn(metric) || [metrics, ratios].some((all) => Object.hasOwn(all, metric));
}

export function isRatio(metric: string, { manifest: { ratios = {} } }: Measuring): boolean {
  return Object.hasOwn(ratios, metric);
}

/** Whether it, or a part of it, is read from answers, which must be captured then. */
export function readsAnswers(metric: string, { manifest: { metrics, ratios = {} } }: Measuring): boolean {
  const ratio = Object.hasOwn(ratios, metric) ? ratios[metric] : undefined;
  const parts = ratio ? [ratio.numerator, ratio.denominator] : [metric];
  return parts.some((part) => {
    const type = Object.hasOwn(metrics, part) ? metrics[part]?.type : undefined;
    return type === 'truth' || type === 'output';
  });
}
