// The questions to the calculators behind the decisions; docs/statistics.md says what they answer. Ranges are the calculators' own.
import { z } from 'zod';

const armName = z.string().min(1).max(128);
const arms = <T extends z.ZodType>(arm: T) => z.array(arm).min(1).max(100);

/** The body of POST /api/v1/analysis/guardrail. */
export const guardrailQuestion = z.strictObject({
  /** w_c/(w_c + w_b). */
  share: z.number(),
  margin: z.number().optional(),
  candidateErrors: z.number(),
  /** Of candidate and stable. */
  totalErrors: z.number(),
  concentration: z.number().optional(),
  oneSided: z.boolean().optional(),
  side: z.enum(['harm', 'acceptance']).optional(),
  alpha: z.number().optional(),
});

/** The body of POST /api/v1/analysis/srm. */
export const sampleRatioQuestion = z.strictObject({
  arms: arms(z.strictObject({ name: armName, weight: z.number(), units: z.number() })),
  method: z.enum(['chi-square', 'sequential']),
  concentration: z.number().optional(),
  alpha: z.number().optional(),
});

const contrast = {
  /** The name of an arm. */
  baseline: armName,
  alpha: z.number().optional(),
  alternative: z.enum(['two-sided', 'greater', 'less']).optional(),
  /** Units of both arms of a contrast at which the interval is narrowest. */
  plannedUnits: z.number(),
};

/** The body of POST /api/v1/analysis/sequential. */
export const sequentialQuestion = z.discriminatedUnion('metric', [
  z.strictObject({
    metric: z.literal('mean'),
    arms: arms(z.strictObject({ name: armName, n: z.number(), mean: z.number(), variance: z.number() })),
    ...contrast,
  }),
  z.strictObject({
    metric: z.literal('proportion'),
    arms: arms(z.strictObject({ name: armName, n: z.number(), successes: z.number() })),
    ...contrast,
  }),
]);

const anyNumber = z.number().nullable();

export const guardrailAnswer = z.object({
  method: z.string(),
  ...guardrailQuestion.required().shape,
  eValue: z.number(),
  logEValue: z.number(),
  threshold: z.number(),
  breached: z.boolean(),
  accepted: z.boolean(),
  /** The candidate's share of the errors at the margin. */
  theta0: z.number(),
});

export const sampleRatioAnswer = z.object({
  ...sampleRatioQuestion.required().shape,
  statistic: z.number().optional(),
  degreesOfFreedom: z.int().optional(),
  pValue: z.number(),
  eValue: z.number().optional(),
  logEValue: z.number().optional(),
  mismatch: z.boolean(),
  /** Units in an arm of weight 0. */
  leak: z.boolean(),
});

const difference = {
  difference: z.number(),
  standardError: z.number(),
  pValue: z.number(),
  /** An open end is null. */
  interval: z.tuple([anyNumber, anyNumber]),
};

export const sequentialAnswer = z.object({
  method: z.string(),
  metric: z.enum(['mean', 'proportion']),
  baseline: armName,
  alpha: z.number(),
  alternative: z.enum(['two-sided', 'greater', 'less']),
  plannedUnits: z.number(),
  comparisons: z.array(z.object({ arm: armName, ...difference, relative: z.object(difference) })),
});
