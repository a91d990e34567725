// What the power functions are solved for: the units that a power takes, and the least effect that so many units show.
import { crossing } from './boundary-crossing';
import { type Asked } from './compared-arms';
import { normalQuantile } from './numerics/normal-tail';
import { rootAbove, rootBetween } from './numerics/root';
import { fixedPower, varianceOfDifference, type PlannedBaseline } from './power';
import { sequentialBoundary, type SequentialBoundary } from './sequential-power';

const { ceil, exp, floor, log, max, sqrt } = Math;

/** Counts of more units than this are not exact. */
const mostUnits = 2 ** 50;
/** Rates are not followed nearer to 0 or 1. */
const edge = 1e-12;

/** Least units per arm with which the fixed-horizon test has the power; null: more than can be counted. */
export function fixedUnits(baseline: PlannedBaseline, effect: number, power: number, asked: Asked): number | null {
  const enough = (units: number): boolean => fixedPower(baseline, effect, [units, units], asked) >= power;
  let high = 2;
  while (!enough(high)) {
    high *= 2;
    if (high > mostUnits) return null;
  }
  let low = high === 2 ? 1 : high / 2;
  while (high - low > 1) {
    const middle = floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Sign of the effects that a plan is about. */
export function directionOf({ alternative }: Asked, effect: number | undefined): 1 | -1 {
  if (alternative !== 'two-sided') return alternative === 'greater' ? 1 : -1;
  return effect !== undefined && effect < 0 ? -1 : 1;
}

/** The effect nearest to 0, in the direction, where the rising `shortfall` reaches 0; null: none that the metric can have. */
function leastEffect(
  baseline: PlannedBaseline,
  direction: 1 | -1,
  units: number,
  shortfall: (effect: number) => number,
): number | null {
  const of = (size: number): number => shortfall(direction * size);
  if (of(0) >= 0) return 0;
  if (!('rate' in baseline)) {
    const size = rootAbove(of, 0, sqrt((2 * baseline.variance) / units));
    return size === null ? null : direction * size;
  }
  const most = (direction === 1 ? 1 - baseline.rate : baseline.rate) * (1 - edge);
  return of(most) < 0 ? null : direction * rootBetween(of, 0, most);
}

/** Absolute, with the sign of the direction. Null: no rate is far enough away. */
export function fixedDetectable(
  baseline: PlannedBaseline,
  direction: 1 | -1,
  { units, power }: { units: number; power: number },
  asked: Asked,
): number | null {
  return leastEffect(
    baseline,
    direction,
    units,
    (effect) => fixedPower(baseline, effect, [units, units], asked) - power,
  );
}

/** The drift of z at the horizon with which so many paths cross. */
export function driftOf({ fronts, atHorizon }: SequentialBoundary, power: number): number {
  // the horizon alone would reject with this power already
  const most = atHorizon - normalQuantile(power) + 1;
  return rootBetween((drift) => crossing(fronts, drift) - power, 0, most, 1e-9);
}

/** As fixedDetectable, for a boundary at its horizon. */
export function sequentialDetectable(
  baseline: PlannedBaseline,
  direction: 1 | -1,
  { units, drift }: { units: number; drift: number },
): number | null {
  const standardErrors = (effect: number): number =>
    effect === 0 ? 0 : (direction * effect) / sqrt(varianceOfDifference(baseline, effect) / units);
  return leastEffect(baseline, direction, units, (effect) => standardErrors(effect) - drift);
}

/**
 * Least units per arm by which paths cross with the power. Without plannedUnits the sequence is tuned to these units themselves, and one boundary
 * serves all; else each number of units has its own, and it is found to one in ten thousand. Null: more than can be counted.
 */
export function sequentialUnits(
  baseline: PlannedBaseline,
  effect: number,
  { power, plannedUnits }: { power: number; plannedUnits: number | undefined },
  asked: Asked,
): number | null {
  const variance = varianceOfDifference(baseline, effect);
  const unitsAt = (drift: number): number => variance * (drift / effect) ** 2;
  const units =
    plannedUnits === undefined
      ? unitsAt(driftOf(sequentialBoundary({ units: 1, plannedUnits: 1 }, asked), power))
      : unitsOfOwnBoundary({ unitsAt, power, plannedUnits }, asked);
  return units > mostUnits ? null : max(2, ceil(units));
}

function unitsOfOwnBoundary(
  { unitsAt, power, plannedUnits }: { unitsAt: (drift: number) => number; power: number; plannedUnits: number },
  asked: Asked,
): number {
  const ofOne = sqrt(unitsAt(1));
  const shortfall = (logUnits: number): number => {
    const units = exp(logUnits);
    if (units > mostUnits) return 1;
    const { fronts } = sequentialBoundary({ units: 2 * units, plannedUnits }, asked);
    return crossing(fronts, sqrt(units) / ofOne) - power;
  };
  // no test of level alpha has the power with fewer
  const least = unitsAt(normalQuantile(asked.alpha) - normalQuantile(power));
  const root = rootAbove(shortfall, log(least), 0.25, 1e-4);
  return root === null ? Infinity : exp(root);
}
