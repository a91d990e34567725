// Latency as events: an answer is slow above an edge that stable's earlier answers chose, the candidate's above that edge times the margin.
import { addLabels, noLabels, type LabelCounts } from './label-counts';
import { type ArmCell, type Cell } from './window-cells';
import { addHistograms, fastestBin, latencyEdgesMs, slowestBin } from './counting/latency-bins';

export interface SlowEvents {
  readonly labels: LabelCounts;
  /** Stable's answers so far by bin: what the next window's edge is chosen from. */
  readonly stable: Readonly<Record<string, number>>;
}

export const noSlowEvents: SlowEvents = { labels: noLabels, stable: {} };

/** Edges that a margin is worth, rounded up: s = ceil(32 log2 ratio). */
export function marginEdges(ratio: number): number {
  // a ratio that is a power of 2^(1/32) must not cost an edge more for rounding
  return Math.max(0, Math.ceil(32 * Math.log2(ratio) - 1e-9));
}

/** The margin in effect, never below the one asked for: 1.3 is 1.325. */
export function effectiveRatio(ratio: number): number {
  return 2 ** (marginEdges(ratio) / 32);
}

/** Stable's answers needed before an edge is chosen: 20/(1 - quantile). */
export function burnIn(quantile: number): number {
  return Math.ceil(20 / (1 - quantile) - 1e-9);
}

/**
 * The first edge below which at least the quantile of the answers lies; null before the burn-in, or above the scale.
 * Chosen from earlier windows only, it is predictable, so the labels of slow events are as fair as those of errors under any load.
 */
export function chooseEdge(stable: Readonly<Record<string, number>>, quantile: number): number | null {
  const answers = Object.values(stable).reduce((sum, count) => sum + count, 0);
  if (answers < burnIn(quantile)) return null;
  return quantileEdge(stable, quantile);
}

/** The index of the first edge with a cumulative share of at least the quantile; null: none on the scale. */
export function quantileEdge(histogram: Readonly<Record<string, number>>, quantile: number): number | null {
  const answers = Object.values(histogram).reduce((sum, count) => sum + count, 0);
  if (answers === 0) return null;
  let below = 0;
  for (let edge = fastestBin + 1; edge <= slowestBin; edge += 1) {
    below += histogram[String(edge - 1)] ?? 0;
    if (below >= quantile * answers) return edge;
  }
  return null;
}

/** The latency in milliseconds at an edge. */
export function edgeMs(edge: number | null): number | null {
  return edge === null ? null : (latencyEdgesMs[edge] ?? null);
}

export function addSlowEvents(events: SlowEvents, cell: Cell, edge: number | null, ratio: number): SlowEvents {
  const stable = addHistograms(events.stable, cell.baseline.histogram);
  const candidateEdge = edge === null ? Infinity : edge + marginEdges(ratio);
  // beyond the scale nothing can be told from a failure
  if (edge === null || candidateEdge > slowestBin) return { ...events, stable };
  const [candidate, baseline] = [above(cell.candidate, candidateEdge), above(cell.baseline, edge)];
  return { labels: addLabels(events.labels, cell.share, candidate, baseline), stable };
}

function above(arm: ArmCell, edge: number): number {
  let slow = 0;
  for (const [bin, count] of Object.entries(arm.histogram)) if (Number(bin) >= edge) slow += count;
  return slow;
}
