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

const alternative = z.enum(['two-sided', 'greater', 'less']);

const contrast = {
  /** The name of an arm. */
  baseline: armName,
  alpha: z.number().optional(),
  alternative: alternative.optional(),
};

const meanArms = arms(z.strictObject({ name: armName, n: z.number(), mean: z.number(), variance: z.number() }));
const proportionArms = arms(z.strictObject({ name: armName, n: z.number(), successes: z.number() }));

/** The body of POST /api/v1/analysis/two-sample. */
export const twoSampleQuestion = z.discriminatedUnion('metric', [
  z.strictObject({ metric: z.literal('mean'), arms: meanArms, ...contrast }),
  z.strictObject({ metric: z.literal('proportion'), arms: proportionArms, ...contrast }),
]);

/** Units of both arms of a contrast at which the interval is narrowest. */
const plannedUnits = z.number();

/** The body of POST /api/v1/analysis/sequential. */
export const sequentialQuestion = z.discriminatedUnion('metric', [
  z.strictObject({ metric: z.literal('mean'), arms: meanArms, ...contrast, plannedUnits }),
  z.strictObject({ metric: z.literal('proportion'), arms: proportionArms, ...contrast, plannedUnits }),
]);

const plan = {
  /** Absolute, in the metric's unit. Of effect, power and unitsPerArm exactly one is left out: it is the answer. */
  effect: z.number().optional(),
  power: z.number().optional(),
  unitsPerArm: z.number().optional(),
  alpha: z.number().optional(),
  alternative: alternative.optional(),
  arms: z.number().optional(),
  sequential: z.boolean().optional(),
  plannedUnits: plannedUnits.optional(),
};

const meanBaseline = z.strictObject({ mean: z.number(), variance: z.number() });
const rateBaseline = z.strictObject({ rate: z.number() });

/** The body of POST /api/v1/analysis/power. */
export const powerQuestion = z.discriminatedUnion('metric', [
  z.strictObject({ metric: z.literal('mean'), baseline: meanBaseline, ...plan }),
  z.strictObject({ metric: z.literal('proportion'), baseline: rateBaseline, ...plan }),
]);

/** Values, or counts by bin: one edge more than counts, or one less where the first and last bin are open. */
const driftSample = z.union([
  z.array(z.number()),
  z.strictObject({ edges: z.array(z.number()), counts: z.array(z.number()) }),
]);

const driftMethod = z.enum(['psi', 'ks', 'hellinger', 'jensen-shannon', 'wasserstein']);

/** The body of POST /api/v1/analysis/drift. */
export const driftQuestion = z.strictObject({
  reference: driftSample,
  current: driftSample,
  method: driftMethod,
  bins: z.number().optional(),
});

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

const contrastParameters = {
  method: z.string(),
  metric: z.enum(['mean', 'proportion']),
  baseline: armName,
  alpha: z.number(),
  alternative,
};

export const twoSampleAnswer = z.object({
  ...contrastParameters,
  comparisons: z.array(
    z.object({
      arm: armName,
      ...difference,
      statistic: z.number(),
      degreesOfFreedom: z.number().optional(),
      relative: z.object(difference),
    }),
  ),
});

export const sequentialAnswer = z.object({
  ...contrastParameters,
  plannedUnits,
  comparisons: z.array(z.object({ arm: armName, ...difference, relative: z.object(difference) })),
});

export const powerAnswer = z.object({
  method: z.string(),
  metric: z.enum(['mean', 'proportion']),
  baseline: z.union([meanBaseline, rateBaseline]),
  /** Null, here and below: no rate is far enough from the baseline's. */
  effect: anyNumber,
  power: z.number(),
  unitsPerArm: z.number(),
  totalUnits: z.number(),
  alpha: z.number(),
  alternative,
  arms: z.number(),
  sequential: z.boolean(),
  minimumDetectableEffect: anyNumber,
  /** The power of it: the one asked for, else 0.8. */
  minimumDetectableEffectAt: z.number(),
  plannedUnits: plannedUnits.optional(),
  looks: z.int().optional(),
  rejectAtHorizon: z.number().optional(),
  crossByHorizon: z.number().optional(),
  /** Units per arm. */
  expectedStop: z.number().optional(),
});

export const driftAnswer = z.object({
  method: driftMethod,
  value: z.number(),
  pValue: z.number().optional(),
  /** How many were compared. */
  bins: z.int().optional(),
});
