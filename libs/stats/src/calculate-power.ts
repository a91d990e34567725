// The calculator `power`: of the size, the power and the effect of an experiment, the one that is missing.
import { finiteAnswer, type Calculated } from './calculated';
import {
  directionOf,
  driftOf,
  fixedDetectable,
  fixedUnits,
  sequentialDetectable,
  sequentialUnits,
} from './planned-size';
import { fixedPower, varianceOfDifference } from './power';
import { planOf, planRefusal, type Plan, type PowerQuestion } from './power-question';
import { plannedLooks, sequentialBoundary, sequentialPower } from './sequential-power';

export interface PowerAnswer extends Required<Omit<PowerQuestion, 'effect' | 'plannedUnits'>> {
  readonly method: 'noncentral t' | 'z, pooled under no difference' | 'asymptotic confidence sequence';
  /** Null: no rate is far enough from the baseline's. */
  readonly effect: number | null;
  readonly totalUnits: number;
  /** The effect nearest to 0, with the sign of the one asked for, that is found with the power `minimumDetectableEffectAt`. Null: as above. */
  readonly minimumDetectableEffect: number | null;
  /** The power that was asked for; 0.8 where the power is the answer. */
  readonly minimumDetectableEffectAt: number;
  readonly plannedUnits?: number;
  /** How often a sequential plan looks, evenly. */
  readonly looks?: number;
  /** P(the interval at the horizon excludes 0): less than the next, for a path may cross and come back. */
  readonly rejectAtHorizon?: number;
  /** P(it excludes 0 at some look): the `power` of a sequential plan. */
  readonly crossByHorizon?: number;
  /** Mean units per arm at which one stops: at the first look that shows the effect, or at the horizon. */
  readonly expectedStop?: number;
}

export function powerCalculator(question: PowerQuestion): Calculated<PowerAnswer> {
  const plan = planOf(question);
  const refused = planRefusal(plan);
  if (refused) return refused;
  const units = plan.unitsPerArm ?? unitsFor(plan);
  if (units === null) return { ok: false, field: 'effect', message: 'takes more units than can be counted' };
  const answer = plan.sequential ? sequentialAnswer(plan, units) : fixedAnswer(plan, units);
  const { metric, baseline, arms, sequential, asked, targetPower } = plan;
  const parameters = { metric, baseline, ...asked, arms, sequential, unitsPerArm: units, totalUnits: arms * units };
  return finiteAnswer({ ...parameters, minimumDetectableEffectAt: targetPower, ...answer }, 'baseline');
}

function unitsFor({ baseline, effect = 0, asked, sequential, targetPower: power, plannedUnits }: Plan): number | null {
  if (sequential) return sequentialUnits(baseline, effect, { power, plannedUnits }, asked);
  return fixedUnits(baseline, effect, power, asked);
}

function fixedAnswer({ baseline, effect, power, asked, targetPower }: Plan, units: number) {
  const detectable = fixedDetectable(baseline, directionOf(asked, effect), { units, power: targetPower }, asked);
  return {
    method: 'rate' in baseline ? ('z, pooled under no difference' as const) : ('noncentral t' as const),
    effect: effect ?? detectable,
    power: power ?? fixedPower(baseline, effect ?? 0, [units, units], asked),
    minimumDetectableEffect: detectable,
  };
}

function sequentialAnswer({ baseline, effect, power, asked, targetPower, plannedUnits }: Plan, units: number) {
  const planned = plannedUnits ?? 2 * units;
  const drift = (each: number): number =>
    each === 0 ? 0 : each / Math.sqrt(varianceOfDifference(baseline, each) / units);
  const against = effect === undefined ? 0 : directionOf(asked, undefined) * drift(effect);
  const boundary = sequentialBoundary({ units: 2 * units, plannedUnits: planned }, asked, against);
  const least = driftOf(boundary, targetPower);
  const detectable = sequentialDetectable(baseline, directionOf(asked, effect), { units, drift: least });
  const reached = effect ?? detectable;
  const found = reached === null ? null : sequentialPower(boundary, drift(reached));
  return {
    ...{ method: 'asymptotic confidence sequence' as const, plannedUnits: planned, looks: plannedLooks },
    ...{ effect: reached, power: power ?? found?.crossByHorizon ?? 0, minimumDetectableEffect: detectable },
    ...(found && {
      rejectAtHorizon: found.rejectAtHorizon,
      crossByHorizon: found.crossByHorizon,
      expectedStop: found.meanStop * units,
    }),
  };
}
