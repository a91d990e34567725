// What the controller answers to those who explore the evidence of an experiment: by segment, by day. Nothing is decided by it.
import { z } from 'zod';
import { name } from './identifiers';

const anyNumber = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable();

/** Of GET /api/v1/rollouts/{id}/breakdown and /series. */
export const explorationQuery = z.strictObject({
  /** A declared metric or ratio, or `error-rate`, `client-error-rate`, `latency` (the mean, milliseconds). */
  metric: name,
  /** Default: the present attempt. */
  attempt: z.coerce.number().int().min(1).optional(),
  /** Of one comparison; default 0.05. */
  alpha: z.coerce.number().gt(0).lt(1).default(0.05),
});

export type ExplorationQuery = z.infer<typeof explorationQuery>;

const explored = {
  rollout: z.string(),
  attempt: z.int(),
  metric: name,
  direction: z.enum(['up', 'down']),
  alpha: z.number(),
  baseline: name,
};

/** value: overlap-weighted mean; null: none yet. */
const segmentArm = z.object({ units: z.number(), value: anyNumber });

export const breakdownView = z.object({
  ...explored,
  segments: z.array(
    z.object({
      /** null: predictions that named none. */
      segment: z.string().nullable(),
      candidate: name,
      baseline: segmentArm,
      candidateCounts: segmentArm,
      /** Candidate less baseline, in the metric's unit; null: fewer than 100 units in an arm, or nothing varies. */
      effect: anyNumber,
      standardError: anyNumber,
      /** Time-uniform at 1 - alpha, of this segment alone. */
      interval,
      /** Always valid, of this segment alone. */
      pValue: anyNumber,
      /** By Benjamini and Hochberg over all segments and candidates. */
      adjustedPValue: anyNumber,
      /** By the adjusted p value, in the metric's direction. */
      shown: z.enum(['better', 'worse']).nullable(),
    }),
  ),
  /** Whether segments differ among themselves (Cochran's Q), where two or more can be told. The p value is of one look. */
  heterogeneity: z.array(
    z.object({ candidate: name, statistic: z.number(), degreesOfFreedom: z.int(), pValue: z.number() }),
  ),
  comparisons: z.int(),
  expectedByChance: z.number(),
  warning: z.string(),
});

export type BreakdownView = z.infer<typeof breakdownView>;

const dayArm = z.object({ records: z.number(), value: anyNumber });

export const seriesView = z.object({
  ...explored,
  series: z.array(
    z.object({
      candidate: name,
      /** Ascending, UTC; days on which nothing was counted are not among them. */
      days: z.array(
        z.object({
          day: z.iso.date(),
          baseline: dayArm,
          candidateCounts: dayArm,
          effect: anyNumber,
          standardError: anyNumber,
          /** At 1 - alpha, of this day alone and of one look. */
          interval,
        }),
      ),
      /** How the effect moves from day to day, from three days on. */
      trend: z.object({ perDay: z.number(), standardError: z.number(), pValue: z.number() }).nullable(),
      sentence: z.string(),
    }),
  ),
  warning: z.string(),
});

export type SeriesView = z.infer<typeof seriesView>;

/** Of GET /api/v1/rollouts/{id}/evidence.csv. */
export const exportQuery = z.strictObject({ attempt: z.coerce.number().int().min(1).optional() });
