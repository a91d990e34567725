// The questions to the calculators of bandits, and their answers. Ranges are the calculators' own.
import { z } from 'zod';

const armName = z.string().min(1).max(128);
const arms = <T extends z.ZodType>(arm: T) => z.array(arm).min(1).max(100);
const direction = z.enum(['up', 'down']);
const mode = z.enum(['thompson', 'top-two']);

const allocation = {
  direction: direction.optional(),
  mode: mode.optional(),
  /** Each arm's least share. */
  floor: z.number().optional(),
};

/** The body of POST /api/v1/analysis/bandit-weights. */
export const banditWeightsQuestion = z.discriminatedUnion('likelihood', [
  z.strictObject({
    likelihood: z.literal('bernoulli'),
    /** Posteriors, prior included. */
    arms: arms(z.strictObject({ name: armName, alpha: z.number(), beta: z.number() })),
    ...allocation,
  }),
  z.strictObject({
    likelihood: z.literal('normal'),
    arms: arms(z.strictObject({ name: armName, mean: z.number(), standardError: z.number() })),
    ...allocation,
  }),
]);

const byArm = z.record(z.string(), z.number());

export const banditWeightsAnswer = z.object({
  method: z.string(),
  likelihood: z.enum(['bernoulli', 'normal']),
  direction,
  mode,
  floor: z.number(),
  probabilityBest: byArm,
  weights: byArm,
});

/** The body of POST /api/v1/analysis/off-policy. */
export const offPolicyQuestion = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        reward: z.number(),
        /** With which the arm was chosen. */
        propensity: z.number(),
        /** With which the other allocation would have chosen it. */
        targetProbability: z.number(),
        /** A model's reward of the chosen arm, and its mean over the arms under the other allocation: in each row, or in none. */
        predicted: z.number().optional(),
        predictedTarget: z.number().optional(),
        unit: z.string().min(1).max(256).optional(),
      }),
    )
    .max(100_000),
  /** The most that a weight counts. */
  clip: z.number().optional(),
});

const anyNumber = z.number().nullable();

export const offPolicyAnswer = z.object({
  method: z.string(),
  rows: z.int(),
  clip: anyNumber,
  ips: z.number(),
  snips: z.number(),
  dr: z.number().optional(),
  /** Null: a single unit. */
  standardErrors: z.object({ ips: anyNumber, snips: anyNumber, dr: anyNumber.optional() }),
  effectiveSampleSize: z.number(),
  meanWeight: z.number(),
  maxWeight: z.number(),
  clipped: z.int(),
  units: z.int(),
  usable: z.boolean(),
  /** Why it is not usable. */
  refusals: z.array(z.string()),
});
