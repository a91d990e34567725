// How far a shadow's answers may be from stable's, beside their agreement: what is not named is shown and decides nothing.
import { z } from 'zod';
import { type CompareRules, type Comparison } from './compare-rules';

const place = z.string().min(1).max(256);
const above = z.number().gt(0);
const perOutput = (limit: z.ZodType<number>) => z.record(place, limit).default({});

const defaults = { agreement: {}, meanDifference: {}, errorRateDifference: 0.01, psi: {}, ks: {} };

export const compareLimits = z
  .strictObject({
    /** The share of pairs in which one output must agree, (0, 1]. */
    agreement: perOutput(z.number().gt(0).lte(1)),
    /** Of a numeric output: how far the mean of shadow - stable may be from 0, in the output's unit. */
    meanDifference: perOutput(above),
    /** The geometric mean of the shadow's latency by stable's on the same requests, at least 1. */
    latencyRatio: z.number().gte(1).optional(),
    /** The share of failed calls, less stable's on the same requests, [0, 1). */
    errorRateDifference: z.number().min(0).lt(1).default(defaults.errorRateDifference),
    /** Of an output's distribution: population stability index, and the greatest distance of cumulative shares, (0, 1). */
    psi: perOutput(above),
    ks: perOutput(above.lt(1)),
  })
  .default(defaults);

export type CompareLimits = z.output<typeof compareLimits>;

export interface LimitProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** A limit holds an output that is compared, by a rule that gives what is limited. */
export function problemsOfLimits(limits: CompareLimits, { outputs }: CompareRules): LimitProblem[] {
  return (['agreement', 'meanDifference', 'psi', 'ks'] as const).flatMap((limit) =>
    Object.keys(limits[limit]).flatMap((output): LimitProblem[] => {
      const rule = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
      if (rule === undefined) return [{ path: [limit, output], message: 'has no rule among the outputs' }];
      if (limit === 'meanDifference' && !isNumeric(rule))
        return [{ path: [limit, output], message: 'needs a rule with absolute or relative' }];
      return [];
    }),
  );
}

function isNumeric(rule: Comparison): boolean {
  return typeof rule === 'object' && (rule.absolute !== undefined || rule.relative !== undefined);
}
