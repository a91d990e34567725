// A router assigned a prediction to an arm for a caller that calls the model itself. Its prediction-served follows the report, or its absence.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attributes, instant, unit } from './identifiers';
import { predictionServedSchema } from './prediction-served.v1';

const schema = predictionServedSchema
  .pick({
    predictionId: true,
    model: true,
    rollout: true,
    attempt: true,
    stage: true,
    step: true,
    epoch: true,
    weights: true,
    arm: true,
    propensity: true,
    assignment: true,
    policyRevision: true,
    unit: true,
    segment: true,
    attributes: true,
    reason: true,
    pinned: true,
    excluded: true,
    router: true,
  })
  .extend({
    decidedAt: instant,
    /** A prediction that nobody has reported by then counts as a timeout. */
    dueAt: instant,
  });

export type PredictionDecided = z.infer<typeof schema>;

export const predictionDecided = defineEvent<PredictionDecided>({
  topic: 'weir.prediction-decided.v1',
  schema,
  key: (event) => event.predictionId,
});

/** The body of POST /models/{model}/decide, strict. Without a unit the prediction is its own. */
export const decideBody = z.strictObject({
  unit: unit.optional(),
  attributes: attributes
    .refine((all) => JSON.stringify(all).length <= 16_384, 'at most 16384 characters as JSON')
    .optional(),
});
