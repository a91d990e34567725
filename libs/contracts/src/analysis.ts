// The questions to the calculators behind the decisions; docs/statistics.md says what they answer. Ranges are the calculators' own.
import { z } from 'zod';

const armName = z.string().min(1).max(128);
const number = (description: string) => z.number().describe(description);
const arms = <T extends z.ZodType>(arm: T) => z.array(arm).min(1).max(100);

/** The body of POST /api/v1/analysis/guardrail. */
export const guardrailQuestion = z.strictObject({
  share: number("The candidate's share of the traffic of both, between 0 and 1."),
  margin: number('Ratio of the error rates that is still as good, above 0; default 1.').optional(),
  candidateErrors: number('A whole number, at most totalErrors.'),
  totalErrors: number('Of candidate and stable, a whole number.'),
  concentration: number('Of the Beta prior, above 0; default 1/share.').optional(),
  oneSided: z.boolean().describe('Default true.').optional(),
  side: z.enum(['harm', 'acceptance']).describe('Default harm; acceptance is one-sided.').optional(),
  alpha: number('Between 0 and 1; default 0.01.').optional(),
});

/** The body of POST /api/v1/analysis/srm. */
export const sampleRatioQuestion = z.strictObject({
  arms: arms(
    z.strictObject({
      name: armName,
      weight: number('In any unit that is the same for all arms, 0 or more; an arm of weight 0 is not in the test.'),
      units: number('A whole number.'),
    }),
  ),
  method: z
    .enum(['chi-square', 'sequential'])
    .describe('chi-square: of one look, at the end. sequential: at any time.'),
  concentration: number('Of the Dirichlet prior, above 0; default 100.').optional(),
  alpha: number('Between 0 and 1; default 0.001.').optional(),
});

const alternative = z.enum(['two-sided', 'greater', 'less']).describe('Of an arm to the baseline; default two-sided.');

const contrast = {
  baseline: armName.describe('The name of an arm; its mean is not 0.'),
  alpha: number('Between 0 and 1; default 0.05.').optional(),
  alternative: alternative.optional(),
};

const meanArms = arms(
  z.strictObject({
    name: armName,
    n: number('Units, a whole number, 2 or more.'),
    mean: z.number(),
    variance: number("Of the units' values, divided by n - 1; 0 or more."),
  }),
);
const proportionArms = arms(
  z.strictObject({
    name: armName,
    n: number('Units, a whole number, 1 or more.'),
    successes: number('A whole number, at most n.'),
  }),
);

/** The body of POST /api/v1/analysis/two-sample. */
export const twoSampleQuestion = z.discriminatedUnion('metric', [
  z.strictObject({ metric: z.literal('mean'), arms: meanArms, ...contrast }),
  z.strictObject({ metric: z.literal('proportion'), arms: proportionArms, ...contrast }),
]);

const plannedUnits = number('Units of both arms of a contrast at which the interval is narrowest, 1 or more.');

/** The body of POST /api/v1/analysis/sequential. */
export const sequentialQuestion = z.discriminatedUnion('metric', [
  z.strictObject({ metric: z.literal('mean'), arms: meanArms, ...contrast, plannedUnits }),
  z.strictObject({ metric: z.literal('proportion'), arms: proportionArms, ...contrast, plannedUnits }),
]);

const plan = {
  effect: number(
    "Of an arm to the baseline, absolute, in the metric's unit. Of effect, power and unitsPerArm exactly one is left out: it is the answer.",
  ).optional(),
  power: number('Between alpha and 1.').optional(),
  unitsPerArm: number('A whole number, 2 or more.').optional(),
  alpha: number('Between 0 and 1, not corrected for the number of arms; default 0.05.').optional(),
  alternative: alternative.optional(),
  arms: number('With the baseline, a whole number, 2 or more; default 2.').optional(),
  sequential: z.boolean().describe('Looked at as data come in; default false: once, at the end.').optional(),
  plannedUnits: plannedUnits.optional().describe('Of a sequential plan; default twice unitsPerArm.'),
};

const meanBaseline = z.strictObject({ mean: z.number(), variance: number("Of a unit's value, above 0.") });
const rateBaseline = z.strictObject({ rate: number('Between 0 and 1.') });

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
  bins: number('Of values, for psi, hellinger and jensen-shannon: 2 to 1000, default 10.').optional(),
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
