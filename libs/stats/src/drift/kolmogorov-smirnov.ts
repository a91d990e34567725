// Kolmogorov and Smirnov's test of two samples: the greatest distance between their cumulative shares.
import { type BinnedPair } from './binned';

const { abs, ceil, exp, floor, max, min, sqrt } = Math;

export interface KolmogorovSmirnov {
  readonly value: number;
  readonly pValue: number;
}

/** Up to so many lattice points p is exact; that many take well below a second. */
const mostPoints = 2e7;

/**
 * D = max |F - G|, and the two-sided p of it: exact by lattice paths where their number allows, else Stephens' approximation of the limit. Ties make the
 * exact p too great rather than too small. Samples not empty. Reference: Hodges 1958; Stephens 1970.
 */
export function kolmogorovSmirnov(reference: readonly number[], current: readonly number[]): KolmogorovSmirnov {
  const [n, m] = [reference.length, current.length];
  const distance = latticeDistance(Float64Array.from(reference).sort(), Float64Array.from(current).sort());
  const value = distance / (n * m);
  const points = n * m * min(1, 2 * value);
  return { value, pValue: points <= mostPoints ? exactP(n, m, distance) : limitP(value, (n / (n + m)) * m) };
}

/** max |i m - j n|, a whole number: i of n and j of m values not above some place. */
function latticeDistance(reference: Float64Array, current: Float64Array): number {
  const [n, m] = [reference.length, current.length];
  let [i, j, greatest] = [0, 0, 0];
  while (i < n && j < m) {
    const at = min(reference[i] ?? NaN, current[j] ?? NaN);
    while (i < n && reference[i] === at) i += 1;
    while (j < m && current[j] === at) j += 1;
    greatest = max(greatest, abs(i * m - j * n));
  }
  return greatest;
}

/**
 * P(a random order of n and m values goes as far as `distance` somewhere): the mass that leaves the band |i m - j n| < distance on its way
 * from (0, 0) to (n, m), drawn without putting back. What leaves is added up, so small p keep their digits.
 */
function exactP(n: number, m: number, distance: number): number {
  if (distance === 0) return 1;
  const inside = (i: number, j: number): boolean => abs(i * m - j * n) < distance;
  let left = 0;
  const column = new Float64Array(m + 1);
  column[0] = 1;
  for (let i = 0; i <= n; i += 1) {
    // mass comes from all places that were inside a column before
    const first = max(0, floor(((i - 1) * m - distance) / n));
    const last = min(m, ceil((i * m + distance) / n));
    for (let j = first; j <= last; j += 1) {
      const mass = column[j] ?? 0;
      column[j] = 0;
      if (mass === 0) continue;
      if (!inside(i, j)) {
        left += mass;
        continue;
      }
      const rest = n - i + m - j;
      if (rest === 0) continue;
      // up now, within this column; to the right for the next
      column[j + 1] = (column[j + 1] ?? 0) + (mass * (m - j)) / rest;
      column[j] = (mass * (n - i)) / rest;
    }
  }
  return min(1, left);
}

/** 2 sum (-1)^(k-1) exp(-2 k^2 l^2), l = (sqrt s + 0.12 + 0.11/sqrt s) D, s = n m/(n + m). */
function limitP(value: number, size: number): number {
  const l = (sqrt(size) + 0.12 + 0.11 / sqrt(size)) * value;
  if (l < 0.2) return 1;
  let [sum, sign] = [0, 1];
  for (let k = 1; k <= 100; k += 1) {
    sum += sign * exp(-2 * k * k * l * l);
    sign = -sign;
  }
  return min(1, max(0, 2 * sum));
}

/** Of counts only the cumulative shares at the edges are known: the greatest distance there, below or at that of the values. */
export function binnedDistance({ reference, current }: BinnedPair): number {
  let [r, c, greatest] = [0, 0, 0];
  for (const [bin, share] of reference.entries()) {
    r += share;
    c += current[bin] ?? 0;
    greatest = max(greatest, abs(r - c));
  }
  return min(1, greatest);
}
