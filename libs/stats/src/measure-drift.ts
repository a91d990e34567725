// How far the counts of two versions over the same bins are apart, looked at as often as one likes.
import { rootBetween } from './numerics/root';
import { shares } from './drift/binned';
import { populationStability } from './drift/divergence';
import { binnedDistance } from './drift/kolmogorov-smirnov';

const { exp, log, log1p, sqrt } = Math;

export interface MeasuredDrift {
  /** Items counted: the lesser of both. */
  readonly items: number;
  /** Population stability index; by custom below 0.1 is stable and above 0.25 a shift. Null: nothing counted. */
  readonly psi: number | null;
  /** The greatest distance of the cumulative shares, at the edges; for categories half the sum of the differences of shares. */
  readonly distance: number | null;
  /** More than `distance` is chance at most `alpha` of the time, however often it is looked at; null below the least items. */
  readonly bound: number | null;
  readonly differs: boolean;
}

/** The band holds from here on. */
const leastItems = 100;

/**
 * Counts by bin, of the same bins, items being independent draws (where units repeat, it is a guide and no test). The bound is the sum of both versions' time-uniform
 * bands at alpha/2 each, so it holds though the samples are paired. `ordered`: bins of numbers; categories have no cumulative shares, their distance has no bound.
 * PSI tells of the size; nothing is decided by it.
 */
export function measureDrift(
  { reference, current, ordered }: { reference: readonly number[]; current: readonly number[]; ordered: boolean },
  alpha: number,
): MeasuredDrift {
  const [n, m] = [total(reference), total(current)];
  const items = Math.min(n, m);
  if (items === 0) return { items, psi: null, distance: null, bound: null, differs: false };
  const binned = { reference: shares(reference), current: shares(current) };
  const psi = populationStability(binned);
  if (!ordered) return { items, psi, distance: totalVariation(binned), bound: null, differs: false };
  const distance = binnedDistance(binned);
  const bound = items < leastItems ? null : cumulativeBand(n, alpha / 2) + cumulativeBand(m, alpha / 2);
  return { items, psi, distance, bound, differs: bound !== null && distance > bound };
}

function totalVariation({ reference, current }: { reference: number[]; current: number[] }): number {
  return reference.reduce((sum, share, bin) => sum + Math.abs(share - (current[bin] ?? 0)), 0) / 2;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const amplitude = 0.85;

/**
 * Half the width of a band around the cumulative shares of t draws that holds for all t >= tMin at once: A sqrt((ln(1 + ln(t/tMin)) + C)/t).
 * Reference: Howard and Ramdas 2022, theorem 2.
 */
export function cumulativeBand(t: number, alpha: number, tMin = leastItems): number {
  return amplitude * sqrt((log1p(log(t / tMin)) + constantFor(alpha)) / t);
}

const constants = new Map<number, number>();

/** The least C whose error is alpha. */
function constantFor(alpha: number): number {
  const known = constants.get(alpha);
  if (known !== undefined) return known;
  const found = rootBetween((c) => log(errorAt(c)) - log(alpha), 3, 200, 1e-9);
  constants.set(alpha, found);
  return found;
}

/** inf over eta of 4 exp(-g^2 C)(1 + 1/((g^2 - 1) ln eta)), g = sqrt(2/eta)(A - sqrt(2(eta - 1)/C)) > 1. */
function errorAt(c: number): number {
  const steps = 2_000;
  let least = 4;
  for (let step = 1; step < steps; step += 1) {
    const eta = 1 + ((2 * amplitude ** 2 - 1) * step) / steps;
    const g = sqrt(2 / eta) * (amplitude - sqrt((2 * (eta - 1)) / c));
    if (g > 1) least = Math.min(least, 4 * exp(-g * g * c) * (1 + 1 / ((g * g - 1) * log(eta))));
  }
  return least;
}
