// Sums over one window for one arm and metric: the only thing that verdicts are made of. See docs/statistics.md, "Counting".
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attempt, instant, name, weights } from './identifiers';

/**
 * Sums over firsts: of units in the rollout (scope once) or in the period. For `error-rate` and `client-error-rate` n counts units
 * at their first prediction and sum their first error; a prediction without a unit is its own, and first in both scopes; for `latency` n is 0 beside a histogram of first latencies; else both are of first values.
 */
const scope = z.object({
  n: z.int().min(0),
  sum: z.number(),
  /** Declared metrics only: of the same values as sum. */
  sumSquares: z.number().optional(),
  /** Latency only: count by bin index; -1 under the first edge, 640 over the last. Edges are 0.1 ms x 2^(j/32), j = 0..640. */
  histogram: z.record(z.string(), z.int().min(0)).optional(),
});

/**
 * Where the values of a `distribution` were cut, once and for all, by stable's first ones. edges: bin k holds the values with k edges not
 * above them, both ends open; one more bin holds what is no number. categories: bin k is the k-th, one more holds all others.
 */
const bins = z.union([z.object({ edges: z.array(z.number()) }), z.object({ categories: z.array(z.string()) })]);

/**
 * Overlap-weighted sums of units' totals, each the change made in this window. Y = sum h y; D = sum h, of a metric `per: unit` h once a unit; of a
 * ratio Y is the numerator's sum and D the denominator's. X = D times the unit's covariate: what the metric was for the unit before
 * the rollout, less a constant of the rollout; 0 where nothing is known of it.
 */
const unitSums = z.object({
  /** Units that count for the metric. */
  n: z.number(),
  /** Those of n whose covariate is known; absent: none. */
  covered: z.int().optional(),
  y: z.number(),
  d: z.number(),
  yy: z.number(),
  yd: z.number(),
  dd: z.number(),
  x: z.number(),
  xx: z.number(),
  xy: z.number(),
  xd: z.number(),
});

const schema = z.object({
  /** Who counted; absent: the collector. Each writer has windows of its own: rows of two sources are never of one window. */
  source: z.enum(['collector', 'comparator']).optional(),
  rollout: z.string().min(1),
  attempt,
  model: name,
  stage: z.int().min(0),
  step: z.int().min(0),
  /** Ten-minute cut of a step, ascending over the stage. */
  period: z.int().min(0),
  epoch: z.int().min(0),
  weights,
  /** Of the unit's first prediction in the attempt: a unit is in one segment, so the rows of segments add up. */
  segment: z.string().nullable(),
  arm: name,
  /** A declared metric or ratio, or `error-rate`, `client-error-rate`, `latency`. */
  metric: name,
  /**
   * Of what the comparator counts (pair-metrics.ts): the output of `agreement`, `ignored`, `difference` and `distribution`, the truth
   * metric of `right` and `right-difference`; absent: all outputs.
   */
  output: z.string().optional(),
  /** `distribution` only: the bins, and items of the output by the number of their bin; nothing of it in the sums but n, the items. */
  bins: bins.optional(),
  histogram: z.record(z.string(), z.int().min(0)).optional(),
  window: z.object({
    /** Ascends over the windows of an attempt, with gaps where nothing was counted. They close in this order, one open at a time. */
    index: z.int().min(0),
    from: instant,
    to: instant,
    /** Of a final row: how many final rows the closed window has for this rollout and attempt. Whoever holds so many has it whole. */
    rows: z.int().min(1).optional(),
  }),
  /** A greater sequence replaces the row of the same window while it is open. */
  sequence: z.int().min(1),
  /** True once the window is closed: the row will not change again. */
  final: z.boolean(),
  /** Records counted (of a ratio: those of its denominator): a correction takes its old value back with amounts below zero. */
  n: z.int(),
  sum: z.number(),
  sumSquares: z.number(),
  /** Units whose first exposure to the rollout fell into this window and this arm (metric `error-rate` only, else 0). */
  newUnits: z.int().min(0),
  /**
   * The same by the second, since the epoch, in which they were decided: arms that take longer to answer are told of later. Of a declared
   * metric: units at their first outcome, by the second in which its prediction was decided.
   */
  decided: z.record(z.string(), z.int().min(1)).optional(),
  /** Of `error-rate`, likewise: units at their first prediction, whatever became of it (their caller may have left). */
  assigned: z.record(z.string(), z.int().min(1)).optional(),
  /** Of `error-rate`, likewise: units at their first prediction that anyone answered, stable in place of the arm included. */
  answered: z.record(z.string(), z.int().min(1)).optional(),
  /** Units at their first prediction in this step (metric `error-rate` only). */
  stepUnits: z.int().min(0).optional(),
  once: scope,
  inPeriod: scope,
  unitSums,
  /** What was seen and not counted. */
  excluded: z.object({
    pinned: z.int().min(0),
    excluded: z.int().min(0),
    cancelled: z.int().min(0),
    missing: z.int().min(0),
    late: z.int().min(0),
  }),
});

export type Evidence = z.infer<typeof schema>;
export type DistributionBins = z.infer<typeof bins>;

export const evidence = defineEvent<Evidence>({
  topic: 'weir.evidence.v1',
  schema,
  key: (event) => event.rollout,
});
