// The bins of latency histograms: fixed edges, so that histograms of any window and arm can be added.

/** Edges are 0.1 ms x 2^(j/32), j = 0..640 (0.1 ms to about 105 s, 2.2 % apart). */
export const latencyEdgesMs: readonly number[] = Array.from({ length: 641 }, (_, j) => 0.1 * 2 ** (j / 32));

/** Index of the bin under the first edge. */
export const fastestBin = -1;
/** Index of the bin from the last edge on; failed and timed-out answers are in it. */
export const slowestBin = 640;

/** The bin of a latency in milliseconds: bin j holds edge j <= latency < edge j+1. */
export function latencyBin(latencyMs: number): number {
  if (!(latencyMs >= edge(0))) return fastestBin;
  let bin = Math.min(slowestBin, Math.floor(32 * Math.log2(latencyMs / edge(0))));
  // the logarithm may be an ulp off at an edge
  while (bin < slowestBin && edge(bin + 1) <= latencyMs) bin += 1;
  while (bin > 0 && edge(bin) > latencyMs) bin -= 1;
  return bin;
}

/** Counts by bin, of both. */
export function addHistograms(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum = { ...a };
  for (const [bin, count] of Object.entries(b)) sum[bin] = (sum[bin] ?? 0) + count;
  return sum;
}

function edge(index: number): number {
  return latencyEdgesMs[index] ?? Infinity;
}
