// What the controller answers about a shadow stage: what each candidate's pairs amount to so far, limited or not.
import { z } from 'zod';
import { name } from './identifiers';

const share = z.number().nullable();
/** null: nothing counted. The interval is time-uniform at 99 %; null: too few. */
const estimate = z.object({ value: z.number(), interval: z.tuple([z.number(), z.number()]).nullable() }).nullable();

export const comparisonView = z.object({
  /** Index of the shadow stage. */
  stage: z.int(),
  candidate: name,
  baseline: name,
  /** Predictions that both versions have answered. */
  pairs: z.int(),
  /** Of those that could have been compared, the share that was; null: none yet. */
  coverage: share,
  /** How often each result came: compared, failed.timeout, skipped.over-bound, ... (docs/guides/shadow.md). */
  results: z.record(z.string(), z.int()),
  /** Share of pairs in which all outputs agree. */
  agreement: estimate,
  outputs: z.record(
    z.string(),
    z.object({
      agreement: estimate,
      /** Pairs that differ where a rule says that it does not matter. */
      ignored: z.int(),
      /** Of numbers: the mean of the candidate's value less the baseline's. */
      meanDifference: estimate,
      /** Of the distribution, in bins cut by stable's first values: population stability index, and greatest distance of cumulative shares. */
      psi: share,
      ks: share,
    }),
  ),
  /** Geometric mean of the candidate's latency by the baseline's on the same requests. */
  latencyRatio: estimate,
  errorRates: z.object({ baseline: share, candidate: share }),
  /** By truth metric: the share of right answers of each, and how often only one of both was right. */
  right: z.record(
    z.string(),
    z.object({
      pairs: z.int(),
      baseline: share,
      candidate: share,
      onlyBaseline: z.number(),
      onlyCandidate: z.number(),
    }),
  ),
  /** What the shadow has cost: calls, and how long it was busy with them. */
  cost: z.object({ calls: z.int(), modelSeconds: z.number() }),
});

export type ComparisonView = z.infer<typeof comparisonView>;
