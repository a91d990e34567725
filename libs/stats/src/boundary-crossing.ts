// The path of a test statistic under a boundary: how likely it is to have crossed by each look, for any true effect.
import { gaussNodes } from './numerics/gauss-legendre';

const { ceil, exp, floor, max, min, PI, sqrt } = Math;

/** Bounds of z, ascending in time. `time` is the share of the horizon's information, in (0, 1]. */
export interface Look {
  readonly time: number;
  readonly upper: number;
  /** Null: one-sided. */
  readonly lower: number | null;
}

/** Where paths that have not crossed are at a look: points of the score S = z sqrt(time) with their mass if there is no effect. */
interface Front {
  readonly time: number;
  readonly at: Float64Array;
  readonly mass: Float64Array;
  /** The points are in ascending panels of so many, each so wide, from here. */
  readonly low: number;
  readonly panelWidth: number;
}

export type Fronts = readonly Front[];

const panelPoints = gaussNodes(0, 1).length;

/** Bounds beyond count as here: no drift below 28 reaches them, and likelihood ratios up to them are doubles. */
const highest = 36;

/** Paths further out than so many standard deviations are not followed: 1e-15 of them. */
const reach = 8;

/**
 * Recursive integration without an effect: f_i(x) = integral of f_(i-1)(y) phi((x - y)/sqrt(dt))/sqrt(dt) dy between the bounds of look i - 1.
 * `leastDrift`: the most negative drift that will be asked for (one-sided boundaries follow their paths so far down).
 * Reference: Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19.
 */
export function followPaths(looks: readonly Look[], leastDrift = 0): Fronts {
  const fronts: Front[] = [];
  let last: Front = { time: 0, at: Float64Array.of(0), mass: Float64Array.of(1), low: 0, panelWidth: Infinity };
  for (const look of looks) {
    const root = sqrt(look.time);
    const open = min(0, leastDrift) * look.time - reach * root;
    const low = look.lower === null ? open : max(-highest, look.lower) * root;
    last = step(last, look.time, low, min(highest, look.upper) * root);
    fronts.push(last);
  }
  return fronts;
}

function step(from: Front, time: number, low: number, high: number): Front {
  const deviation = sqrt(time - from.time);
  const panels = max(1, ceil((high - low) / (reach * deviation)));
  const width = (high - low) / panels;
  const nodes = Array.from({ length: panels }, (_, j) => gaussNodes(low + j * width, low + (j + 1) * width)).flat();
  const at = Float64Array.from(nodes, ({ x }) => x);
  const mass = Float64Array.from(nodes, ({ x, weight }) => weight * density(from, x, deviation));
  return { time, at, mass, low, panelWidth: width };
}

function density({ at, mass, low, panelWidth }: Front, x: number, deviation: number): number {
  const scale = -0.5 / (deviation * deviation);
  // panels out of reach add nothing
  const panelAt = (edge: number): number => panelPoints * floor((edge - low) / panelWidth);
  const end = min(at.length, panelAt(x + reach * deviation) + panelPoints);
  let sum = 0;
  for (let j = max(0, panelAt(x - reach * deviation)); j < end; j += 1) {
    const apart = x - (at[j] ?? 0);
    sum += (mass[j] ?? 0) * exp(scale * apart * apart);
  }
  return sum / (deviation * sqrt(2 * PI));
}

/**
 * The share of paths that have not crossed at a look, when the statistic drifts: E z = drift at the horizon. A path's likelihood ratio to one
 * without drift is exp(drift S - drift^2 time/2) wherever it went, so one recursion serves all drifts.
 */
export function staying({ time, at, mass }: Front, drift: number): number {
  let sum = 0;
  for (let j = 0; j < at.length; j += 1) sum += (mass[j] ?? 0) * exp(drift * ((at[j] ?? 0) - 0.5 * drift * time));
  return min(1, sum);
}

/** The probability of having crossed by the last look. */
export function crossing(fronts: Fronts, drift: number): number {
  const last = fronts.at(-1);
  return last ? 1 - staying(last, drift) : 0;
}

/** The mean share of the horizon at which one stops: at the first crossing seen at a look, or at the horizon. */
export function meanStop(fronts: Fronts, drift: number): number {
  let [stop, last, stays] = [0, 0, 1];
  for (const front of fronts) {
    stop += stays * (front.time - last);
    [last, stays] = [front.time, staying(front, drift)];
  }
  return stop;
}
