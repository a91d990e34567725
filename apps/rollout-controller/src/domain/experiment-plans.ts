// From the ab stages of a manifest to the experiments that are judged.
import { type AbStage, type Metric, type RolloutManifest } from '@weir/contracts';
import { type ExperimentPlan, type Goal, type StageRatiosPlan } from '@weir/stats';

export interface PlannedExperiment {
  readonly plan: ExperimentPlan;
  readonly ratios: StageRatiosPlan;
}

type Spec = Pick<RolloutManifest, 'stages' | 'candidates'>;

/** What a metric's name stands for. */
export interface Declared {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly ratios?: Readonly<Record<string, { readonly direction: 'up' | 'down' }>> | undefined;
}

/** @param settleSeconds after which the slowest arm has been told of. */
export function planExperiments(
  { stages, candidates }: Spec,
  baseline: string,
  declared: Declared,
  settleSeconds: number,
): PlannedExperiment[] {
  return stages.flatMap((stage, index) => {
    if (stage.kind !== 'ab') return [];
    const { alpha, minUnits, plannedUnits = null } = stage;
    const goals = goalsOf(stage).map(({ metric, minimumEffect = null }) => goalOf(metric, minimumEffect, declared));
    const joined = joinedMetric(stage, declared);
    return [
      {
        plan: { stage: index, baseline, candidates, goals, alpha, minUnits, plannedUnits },
        ratios: { arms: [baseline, ...candidates], stage: index, settleSeconds, joined },
      },
    ];
  });
}

/** The first decides. */
export function goalsOf({
  metric,
  minimumEffect,
  metrics,
}: Pick<AbStage, 'metric' | 'minimumEffect' | 'metrics'>): { metric: string; minimumEffect?: number | undefined }[] {
  return [{ metric, minimumEffect }, ...metrics];
}

function goalOf(name: string, minimumEffect: number | null, { metrics, ratios = {} }: Declared): Goal {
  const own = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  const ratio = Object.hasOwn(ratios, name) ? ratios[name] : undefined;
  const quantile = /^latency-p(\d+)$/.exec(name)?.[1];
  if (own) return { name, metric: name, kind: isRate(own) ? 'rate' : 'mean', direction: own.direction, minimumEffect };
  if (ratio) return { name, metric: name, kind: 'mean', direction: ratio.direction, minimumEffect };
  const down = { direction: 'down', minimumEffect } as const;
  if (quantile !== undefined)
    return { name, metric: 'latency', kind: 'quantile', quantile: Number(quantile) / 100, ...down };
  return { name, metric: name, kind: name === 'latency' ? 'mean' : 'rate', ...down };
}

/** Of a unit whose values are added up even a binary metric is no share. */
function isRate({ type, ...metric }: Metric): boolean {
  return type === 'truth' || (type === 'binary' && !('combine' in metric && metric.combine === 'sum'));
}

/** The first metric that waits for outcomes. */
function joinedMetric(stage: AbStage, { metrics }: Declared): StageRatiosPlan['joined'] {
  for (const { metric } of goalsOf(stage)) {
    const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    if (own && own.type !== 'output') return { metric, withinSeconds: Math.ceil(own.withinMs / 1_000) };
  }
  return null;
}
