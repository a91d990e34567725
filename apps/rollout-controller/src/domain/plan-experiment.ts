// How large an ab stage has to be to find its minimum effect, and how long that takes with the traffic there is.
import { type AbStage, type PlannedStage } from '@weir/contracts';
import { powerCalculator, type PlannedBaseline } from '@weir/stats';
import { goalsOf, type Declared } from './experiment-plans';
import { type Traffic } from './plan-traffic';

type Size = NonNullable<PlannedStage['size']>;

const power = 0.8;

interface Around {
  readonly candidates: readonly string[];
  readonly declared: Declared;
  readonly traffic: Traffic;
}

/** Of the metric that decides; null where nothing is known of it. */
export function planExperiment(stage: AbStage, { candidates, declared, traffic }: Around): Size | null {
  const { metric, minimumEffect } = stage;
  const baseline = baselineOf(metric, declared, traffic);
  if (!baseline) return null;
  const alpha = stage.alpha / (candidates.length * goalsOf(stage).length);
  const asked = {
    metric: 'rate' in baseline ? ('proportion' as const) : ('mean' as const),
    ...{ baseline, power, alpha, arms: candidates.length + 1, sequential: true },
  };
  // a rate may have no room on one side
  const found = [minimumEffect, -minimumEffect]
    .map((effect) => powerCalculator({ ...asked, effect }))
    .find((calculated) => calculated.ok);
  if (!found?.ok) return null;
  const { unitsPerArm, totalUnits, expectedStop = null } = found.answer;
  return {
    ...{ metric, minimumEffect, alpha, power, unitsPerArm, totalUnits },
    baseline:
      'rate' in baseline
        ? { mean: baseline.rate, variance: baseline.rate * (1 - baseline.rate) }
        : { mean: baseline.mean, variance: baseline.variance },
    expectedStop: expectedStop === null ? null : Math.round(expectedStop),
    ms: msFor(unitsPerArm, stage, traffic),
  };
}

/** What is not known of a share is taken to vary as much as one can. */
function baselineOf(metric: string, { metrics }: Declared, { stable }: Traffic): PlannedBaseline | null {
  if (metric === 'error-rate') return stable.errorRate > 0 ? { rate: stable.errorRate } : null;
  const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  const seen = Object.hasOwn(stable.metrics, metric) ? stable.metrics[metric] : undefined;
  const isShare = own?.type === 'truth' || own?.type === 'binary';
  if (isShare) return { rate: seen && seen.mean > 0 && seen.mean < 1 ? seen.mean : 0.5 };
  return seen?.deviation ? { mean: seen.mean, variance: seen.deviation ** 2 } : null;
}

/** Until the smallest arm has so many units that count for the metric. */
function msFor(units: number, { arms, metric }: AbStage, { told, stable }: Traffic): number | null {
  const counting = Object.hasOwn(stable.metrics, metric) ? (stable.metrics[metric]?.share ?? 1) : 1;
  const perSecond = told.unitsPerSecond * counting * (Math.min(...Object.values(arms)) / 10_000);
  return perSecond > 0 ? Math.round((1_000 * units) / perSecond) : null;
}

/** What a plan has to say about the size, in words. */
export function sizeWarnings({ metric, maxDurationMs, minimumEffect }: AbStage, size: Size | null): string[] {
  if (!size) return [`nothing is known of ${metric} yet, so nobody can say how many units show ${minimumEffect}`];
  if (size.ms === null || size.ms <= maxDurationMs) return [];
  const days = (ms: number): string => `${Number((ms / 86_400_000).toPrecision(3))} days`;
  return [
    `${metric}: ${size.unitsPerArm} units per arm take about ${days(size.ms)}, maxDuration is ${days(maxDurationMs)}: ` +
      'a difference of the minimum effect may well stay unseen',
  ];
}
