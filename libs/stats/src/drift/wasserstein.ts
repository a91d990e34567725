// Wasserstein's distance (the earth mover's): how far values must be moved on average to make one sample of the other, in their unit.
import { shares, type Histogram } from './binned';

const { abs } = Math;

/** The integral of |F - G|. Samples not empty, of finite values. Reference: Vallender 1974. */
export function wasserstein(reference: readonly number[], current: readonly number[]): number {
  const [a, b] = [Float64Array.from(reference).sort(), Float64Array.from(current).sort()];
  const places = Float64Array.from([...a, ...b]).sort();
  let [i, j, sum] = [0, 0, 0];
  for (let k = 0; k + 1 < places.length; k += 1) {
    const [place, next] = [places[k] ?? NaN, places[k + 1] ?? NaN];
    while (i < a.length && (a[i] ?? NaN) <= place) i += 1;
    while (j < b.length && (b[j] ?? NaN) <= place) j += 1;
    sum += abs(i / a.length - j / b.length) * (next - place);
  }
  return sum;
}

/** Of counts between edges: each bin's at its middle. The histograms have the same edges, one more than counts. */
export function binnedWasserstein(reference: Histogram, current: Histogram): number {
  const middles = reference.counts.map(
    (_, bin) => ((reference.edges[bin] ?? NaN) + (reference.edges[bin + 1] ?? NaN)) / 2,
  );
  const [r, c] = [shares(reference.counts), shares(current.counts)];
  let [apart, sum] = [0, 0];
  for (let bin = 0; bin + 1 < middles.length; bin += 1) {
    apart += (r[bin] ?? 0) - (c[bin] ?? 0);
    sum += abs(apart) * ((middles[bin + 1] ?? NaN) - (middles[bin] ?? NaN));
  }
  return sum;
}
