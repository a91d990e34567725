// How far two distributions over the same bins are apart.
import { type BinnedPair } from './binned';

const { log, log2, max, sqrt } = Math;

/** A share of an empty bin counts as this much. */
const floor = 1e-4;

/**
 * Population stability index: sum of (c - r) ln(c/r), shares floored at 1e-4 and not scaled again. By custom below 0.1 is stable and above 0.25 a shift.
 * Reference: Siddiqi 2006, "Credit risk scorecards"; it is Jeffreys' divergence of the binned shares.
 */
export function populationStability({ reference, current }: BinnedPair): number {
  return reference.reduce((sum, share, bin) => {
    const [r, c] = [max(share, floor), max(current[bin] ?? 0, floor)];
    return sum + (c - r) * log(c / r);
  }, 0);
}

/** sqrt(1/2 sum (sqrt r - sqrt c)^2): 0 alike, 1 with nothing in common. Reference: Hellinger 1909. */
export function hellinger({ reference, current }: BinnedPair): number {
  return sqrt(reference.reduce((sum, share, bin) => sum + (sqrt(share) - sqrt(current[bin] ?? 0)) ** 2, 0) / 2);
}

/** The root of the Jensen-Shannon divergence in bits, a metric: 0 alike, 1 with nothing in common. Reference: Endres and Schindelin 2003. */
export function jensenShannon({ reference, current }: BinnedPair): number {
  const toMean = (share: number, other: number): number =>
    share > 0 ? share * log2((2 * share) / (share + other)) : 0;
  const twice = reference.reduce((sum, share, bin) => {
    const other = current[bin] ?? 0;
    return sum + toMean(share, other) + toMean(other, share);
  }, 0);
  return sqrt(max(0, twice / 2));
}
