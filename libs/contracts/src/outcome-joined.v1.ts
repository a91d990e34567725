// An outcome met its prediction, or a zero metric's time is over. What the bandit learns from.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attempt, attributes, instant, name, predictionId, unit, weights } from './identifiers';
import { outcomeValue } from './outcome-reported.v1';

const schema = z.object({
  predictionId,
  model: name,
  rollout: z.string().optional(),
  attempt,
  stage: z.int().min(0).optional(),
  step: z.int().min(0).optional(),
  epoch: z.int().min(0),
  weights,
  arm: name,
  answeredBy: name.optional(),
  fallback: z.boolean(),
  unit: unit.optional(),
  segment: z.string().optional(),
  metric: name,
  item: z.int().min(0).optional(),
  /** The outcome's identity (see outcome-reported); absent for an expired one. */
  id: z.string().optional(),
  /** As it counts: 0..1 for binary and truth metrics (1 = the assigned version was right), finite for numeric. */
  value: z.number(),
  /** What was reported, where it differs from what counts (the true label). */
  reported: outcomeValue.optional(),
  /** expired: the time of a `missing: zero` metric is over and nothing came; it counts as 0. */
  state: z.enum(['joined', 'expired']),
  revision: z.int().min(0),
  propensity: z.number().gt(0).lte(1),
  /** The attributes of the prediction: the context of a contextual bandit. */
  context: attributes,
  servedAt: instant,
  countedAt: instant,
  /** Milliseconds from servedAt to the outcome's arrival (expired: to its counting). */
  delayMs: z.number().min(0),
});

export type OutcomeJoined = z.infer<typeof schema>;

export const outcomeJoined = defineEvent<OutcomeJoined>({
  topic: 'weir.outcome-joined.v1',
  schema,
  key: (event) => event.predictionId,
});
