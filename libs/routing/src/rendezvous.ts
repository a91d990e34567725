// Weighted rendezvous: the one rule by which a unit meets an arm. Shares are exact, and a growing arm keeps its units.
import { murmur3 } from './murmur3';

const { log } = Math;

/** An arm with what can be computed before any unit is known. */
export interface Contender {
  readonly arm: string;
  /** Above zero; only the ratio to the other weights matters. */
  readonly weight: number;
  readonly seed: number;
}

export function contender(arm: string, weight: number, salt: string): Contender {
  return { arm, weight, seed: seedOf(salt, arm) };
}

/** A different seed for each purpose of a salt, so that positions and arms do not depend on one another. */
export function seedOf(salt: string, purpose: string): number {
  return murmur3(`${salt}\u0000${purpose}`, 0);
}

/**
 * The index of the contender with the least -ln(u)/weight, u = hash(salt, arm, unit) in (0,1); -1 when there is none.
 * -ln(u) is exponential with rate 1, so divided by w it has rate w, and the least of independent exponentials is a's with
 * probability w_a / sum(w) (Schindelhauer and Schomaker 2005, logarithmic method). A weight that rises can only make its arm's
 * score fall: with equal salt, units move only towards arms that gained.
 */
export function meet(contenders: readonly Contender[], unit: string): number {
  let best = -1;
  let least = Number.MAX_VALUE;
  for (let i = 0; i < contenders.length; i++) {
    const { seed, weight } = contenders[i] as Contender;
    const score = -log(uniform(murmur3(unit, seed))) / weight;
    if (score < least) {
      least = score;
      best = i;
    }
  }
  return best;
}

/**
 * A hash as a number in (0,1). 32 bits are enough: the curve along which two arms tie crosses at most 2^33 of the 2^64 cells that
 * two hashes cut the unit square into, so no share is off by more than 2^-31, five millionths of the least weight (1 basis point);
 * to see that takes 4 x 10^14 units. 53 bits would cost a second hash per arm and show nothing.
 */
function uniform(hash: number): number {
  return (hash + 0.5) / 2 ** 32;
}

/** Where a unit lies in its model, [0, 10000) basis points: what slices are cut from. */
export function positionBps(unit: string, seed: number): number {
  return (murmur3(unit, seed) / 2 ** 32) * 10_000;
}
