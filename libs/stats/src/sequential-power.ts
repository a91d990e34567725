// Power of the confidence sequence: it may end an experiment at any look, so what counts is that its path crosses, not where it is at the horizon.
import { followPaths, crossing, meanStop, type Fronts, type Look } from './boundary-crossing';
import { type Asked } from './compared-arms';
import { halfWidth, tuning } from './confidence-sequence';
import { normalTail } from './numerics/normal-tail';

/** Evenly spaced, the last at the horizon. A path that is looked at more often crosses a little sooner. */
export const plannedLooks = 200;

export interface SequentialPlan {
  /** Units of both arms of a contrast at the horizon. */
  readonly units: number;
  /** N*, of both arms as well. */
  readonly plannedUnits: number;
}

export interface SequentialBoundary {
  readonly fronts: Fronts;
  /** Of z at the horizon. */
  readonly atHorizon: number;
  readonly asked: Asked;
}

/** Depends on units only by their ratio to plannedUnits. `leastDrift` as in followPaths, in the direction of the alternative. */
export function sequentialBoundary(plan: SequentialPlan, asked: Asked, leastDrift = 0): SequentialBoundary {
  const sided = asked.alternative === 'two-sided' ? 'two' : 'one';
  const q = (plan.units * tuning(sided === 'two' ? asked.alpha : 2 * asked.alpha)) / plan.plannedUnits;
  const looks = Array.from({ length: plannedLooks }, (_, index): Look => {
    const time = (index + 1) / plannedLooks;
    const upper = halfWidth(q * time, asked.alpha, sided);
    return { time, upper, lower: sided === 'two' ? -upper : null };
  });
  return { fronts: followPaths(looks, leastDrift), atHorizon: halfWidth(q, asked.alpha, sided), asked };
}

export interface SequentialPower {
  /** P(the interval at the horizon excludes 0): a lower bound of the next. */
  readonly rejectAtHorizon: number;
  /** P(it excludes 0 at one look at least). */
  readonly crossByHorizon: number;
  /** Mean share of the horizon until it does, or until the horizon. */
  readonly meanStop: number;
}

/** `drift`: the true difference over its standard error at the horizon. */
export function sequentialPower({ fronts, atHorizon, asked }: SequentialBoundary, drift: number): SequentialPower {
  const towards = asked.alternative === 'less' ? -drift : drift;
  const beyond = normalTail(atHorizon - towards);
  return {
    rejectAtHorizon: asked.alternative === 'two-sided' ? beyond + normalTail(atHorizon + towards) : beyond,
    crossByHorizon: crossing(fronts, towards),
    meanStop: meanStop(fronts, towards),
  };
}
