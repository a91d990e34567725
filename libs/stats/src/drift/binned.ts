// Two samples as counts in the same bins: cut where the reference's quantiles are, or given as they come.

/** Counts by bin. With one edge more than counts the bins lie between the edges; with one less the first and last are open. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Shares by bin, each adding up to 1. */
export interface BinnedPair {
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

/**
 * Bins of equal share of the reference: inner edges at its quantiles k/bins, by linear interpolation between order statistics (Hyndman and Fan 1996,
 * definition 7); ends open; edges that ties make equal are one. A value on an edge is in the bin above it. Samples not empty, of finite values.
 */
export function binByReference(reference: readonly number[], current: readonly number[], bins: number): BinnedPair {
  const edges = quantileEdges(reference, bins);
  return { reference: shares(countBy(edges, reference)), current: shares(countBy(edges, current)) };
}

/** Inner edges at the quantiles k/bins, ties merged. Values not empty, finite. */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const cuts = Array.from({ length: bins - 1 }, (_, k) => quantile(sorted, (k + 1) / bins));
  return cuts.filter((edge, k) => k === 0 || edge > (cuts[k - 1] ?? -Infinity));
}

export function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

function quantile(sorted: Float64Array, p: number): number {
  const place = (sorted.length - 1) * p;
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  // a mean of weights, so that values near the greatest double do not overflow
  return below === above ? below : below * (Math.ceil(place) - place) + above * (place - Math.floor(place));
}

function countBy(edges: readonly number[], values: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) {
    const bin = binOf(edges, value);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** How many edges are not above the value. */
function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
