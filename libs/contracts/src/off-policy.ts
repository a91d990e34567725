// What another allocation, or a version that only ran in shadow, would have earned on predictions that were logged: the question, its parts, the answer.
import { z } from 'zod';
import { offPolicyAnswer } from './analysis-bandits';
import { contextFeatures } from './contextual-weights';
import { attributes, instant, name, predictionId, unit, weights } from './identifiers';
import { share } from './quantities';
import { when } from './when';

/** Shares by version, to basis points; they add up to 100 %. */
const shares = z
  .record(name, share)
  .refine((all) => Object.values(all).reduce((sum, bps) => sum + bps, 0) === 10_000, 'shares that add up to 100%');

const mostRows = 50_000;

const window = {
  /** Of one rollout; absent: of all. */
  rollout: z.string().min(1).max(128).optional(),
  /** Predictions served from then on, and before then. */
  since: instant.optional(),
  until: instant.optional(),
};

/** The body of POST /api/v1/models/{model}/off-policy. */
export const offPolicyOrder = z
  .strictObject({
    metric: name,
    /** The other allocation. */
    weights: shares.optional(),
    /** In place of it where a condition fits the attributes, the first that does. */
    segments: z
      .array(z.strictObject({ when, weights: shares }))
      .min(1)
      .max(20)
      .optional(),
    /** Or a version that ran in shadow. */
    shadow: name.optional(),
    /** The most that a weight counts. */
    clip: z.number().gt(0).optional(),
    /** What the model of rewards, which takes noise away, is told of a prediction; absent: nothing. */
    features: contextFeatures.optional(),
    /** The newest so many. */
    limit: z.int().min(1).max(mostRows).default(20_000),
    ...window,
  })
  .superRefine(({ weights: given, segments, shadow }, context) => {
    if ((given === undefined) === (shadow === undefined))
      context.addIssue({ code: 'custom', path: ['weights'], message: 'needs either weights or shadow' });
    if (shadow !== undefined && segments !== undefined)
      context.addIssue({ code: 'custom', path: ['segments'], message: 'go with weights, not with shadow' });
  });

export type OffPolicyOrder = z.infer<typeof offPolicyOrder>;

const fromQuery = { limit: z.coerce.number().int().min(1).max(mostRows).default(20_000), ...window };

/** GET /api/v1/logged of the collector. */
export const loggedQuery = z.strictObject({ model: name, metric: name, ...fromQuery });

export type LoggedQuery = z.infer<typeof loggedQuery>;

const loggedPrediction = z.object({
  predictionId,
  arm: name,
  /** As its own record has them: in force when it was decided, and the probability of its arm. */
  weights,
  propensity: z.number().gt(0).lte(1),
  unit: unit.optional(),
  attributes,
  /** As the metric counts it; a fallback is a rate's failure. */
  reward: z.number(),
  servedAt: instant,
});

export type LoggedPrediction = z.infer<typeof loggedPrediction>;

export const loggedPredictions = z.object({
  type: z.enum(['truth', 'binary', 'numeric']),
  direction: z.enum(['up', 'down']),
  /** The newest first. */
  predictions: z.array(loggedPrediction),
});

export type LoggedPredictions = z.infer<typeof loggedPredictions>;

/** GET /api/v1/shadowed of the comparator. */
export const shadowedQuery = z.strictObject({ model: name, shadow: name, metric: name, ...fromQuery });

export type ShadowedQuery = z.infer<typeof shadowedQuery>;

const shadowedPrediction = z.object({
  predictionId,
  /** It answered as the version did that served. */
  same: z.boolean(),
  /** Of a truth metric: whether it was right; null: nothing is known of it. */
  worth: z.number().nullable(),
});

export const shadowedPredictions = z.object({ predictions: z.array(shadowedPrediction) });

export type ShadowedPredictions = z.infer<typeof shadowedPredictions>;

export const offPolicyView = z.object({
  model: name,
  metric: name,
  direction: z.enum(['up', 'down']),
  /** weights: by the ratio of probabilities; same-answers: where the shadow answered alike; judged-answers: its own answers, held against the truth. */
  method: z.enum(['weights', 'same-answers', 'judged-answers']),
  /** Instants of the first and the last prediction that was used. */
  from: instant.nullable(),
  to: instant.nullable(),
  rows: z.int(),
  /** Left out: an arm of the other allocation had no chance there, or the shadow was not asked or not judged. */
  leftOut: z.int(),
  /** What was earned on the rows that were used. */
  logged: z.object({ mean: z.number(), standardError: z.number().nullable() }).nullable(),
  /** Null: no row can say anything. */
  estimate: offPolicyAnswer.omit({ method: true, rows: true }).nullable(),
  /** The estimate may be used. */
  usable: z.boolean(),
  sentence: z.string(),
});

export type OffPolicyView = z.infer<typeof offPolicyView>;
