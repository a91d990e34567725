// What an outcome means, as the policy carries it: durations in milliseconds, defaults filled in.
import { z } from 'zod';
import { name } from './identifiers';

const shared = {
  direction: z.enum(['up', 'down']),
  /** What its mean is over. unit: the sum of a unit's values is the unit's value. */
  per: z.enum(['prediction', 'unit']),
  /** How long an outcome may take after its prediction, milliseconds. */
  withinMs: z.int().positive(),
  /** zero: counts as 0 once its time is over (a click that never came); ignore: absence never counts. */
  missing: z.enum(['ignore', 'zero']),
  /**
   * Another declared metric: what that was for a unit while no arms were compared foretells this one (CUPED). With one of type `output` it is stable's
   * score, as it answered while a candidate was its shadow. Absent: the metric's own past.
   */
  covariate: name.optional(),
};

export const metric = z.discriminatedUnion('type', [
  /** The outcome is the true value; 1 when the named output of the assigned version's answer equals it. */
  z.object({ type: z.literal('truth'), output: z.string().min(1), ...shared }),
  z.object({ type: z.literal('binary'), ...shared, combine: z.enum(['last', 'sum']) }),
  z.object({
    type: z.literal('numeric'),
    ...shared,
    combine: z.enum(['last', 'sum']),
    bounds: z.object({ min: z.number(), max: z.number() }).optional(),
  }),
  /** Read from the answer: an output by name (open-inference) or a JSON path (raw). */
  z.object({
    type: z.literal('output'),
    output: z.string().optional(),
    from: z.string().optional(),
    direction: z.enum(['up', 'down']),
  }),
]);

export type Metric = z.infer<typeof metric>;

/** What a failure of the assigned version is worth: the worst of a rate; undefined: a number has no worst value. */
export function failureWorth({ type, direction }: Pick<Metric, 'type' | 'direction'>): 0 | 1 | undefined {
  if (type !== 'truth' && type !== 'binary') return undefined;
  return direction === 'up' ? 0 : 1;
}

export const metrics = z.record(name, metric);

/**
 * A quotient of two declared metrics over the same units: sum of the numerator's values over sum of the denominator's (clicks per view).
 * Counted under a name of its own, of predictions that have a unit.
 */
export const ratio = z.object({ numerator: name, denominator: name, direction: z.enum(['up', 'down']) });

export type Ratio = z.infer<typeof ratio>;

export const ratios = z.record(name, ratio);

/** Metrics that every model has without declaring them. */
export const builtInMetrics = ['error-rate', 'client-error-rate', 'latency-p50', 'latency-p95', 'latency-p99'] as const;
