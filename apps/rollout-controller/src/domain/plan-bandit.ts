// What a bandit stage of a plan learns with the traffic there is: how much between updates, how much it remembers, how late.
import { type BanditStage, type PlannedStage } from '@weir/contracts';
import { withinCaps } from './envelope';
import { type Declared } from './experiment-plans';
import { type Traffic } from './plan-traffic';

type Learning = NonNullable<PlannedStage['learning']>;

interface Around extends Declared {
  readonly traffic: Traffic;
  readonly baseline: string;
}

export function planBandit(stage: BanditStage, candidates: readonly string[], around: Around): Learning {
  const { metric, updateMs, halfLifeMs, floorBps } = stage;
  const outcomesPerSecond = outcomesOf(metric, around);
  return {
    metric,
    outcomesPerSecond,
    outcomesPerUpdate: (outcomesPerSecond * updateMs) / 1_000,
    remembered: (outcomesPerSecond * halfLifeMs) / 1_000 / Math.LN2,
    floorsBps: floorBps * candidates.length,
    feedbackMs: feedbackMs(metric, around) + updateMs,
  };
}

export function firstStep(
  stage: BanditStage,
  candidates: readonly string[],
  baseline: string,
): PlannedStage['steps'][number] {
  return { weights: withinCaps(stage.arms ?? {}, stage, [baseline, ...candidates], []), leastMs: null, expected: null };
}

function outcomesOf(metric: string, { traffic, metrics }: Around): number {
  const seen = Object.hasOwn(traffic.stable.metrics, metric) ? traffic.stable.metrics[metric]?.share : undefined;
  const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  const isAlways = own && own.type !== 'output' && own.missing === 'zero';
  return traffic.told.predictionsPerSecond * (isAlways ? 1 : (seen ?? 1));
}

/** A metric whose absence counts is known when its time is over, hits and misses alike. */
function feedbackMs(metric: string, { metrics }: Around): number {
  const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  return own && own.type !== 'output' ? own.withinMs : 0;
}

const leastRemembered = 1_000;

/** What a plan has to say of it, in words. */
export function banditWarnings(stage: BanditStage, learning: Learning, { metrics }: Declared): string[] {
  const { metric, remembered, feedbackMs: lateMs, outcomesPerUpdate } = learning;
  const own = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  const waits = own && own.type !== 'output' && own.missing === 'zero';
  const seconds = (ms: number): string => `${Number((ms / 1_000).toPrecision(3))} s`;
  const warnings: [boolean, string][] = [
    [
      remembered !== null && remembered < leastRemembered,
      `${metric}: halfLife ${seconds(stage.halfLifeMs)} remembers about ${Math.round(remembered ?? 0)} outcomes: arms that differ little will never be told apart`,
    ],
    [
      waits === true && lateMs > stage.halfLifeMs,
      `${metric} counts when ${seconds(lateMs - stage.updateMs)} are over, later than the halfLife of ${seconds(stage.halfLifeMs)}: what is learnt is half forgotten`,
    ],
    [
      outcomesPerUpdate !== null && outcomesPerUpdate < 1,
      `${metric}: fewer than one outcome between two updates: a longer update moves the traffic as well`,
    ],
    [
      stage.assign === 'unit',
      'assign: unit: nothing is claimed of arms while weights move, so that the stop rule never holds: the bandit ends by maxDuration or by hand',
    ],
    [stage.floorBps === 0, 'floor 0%: an arm that is ahead by chance leaves the others next to nothing to be found by'],
  ];
  return warnings.filter(([applies]) => applies).map(([, words]) => words);
}
