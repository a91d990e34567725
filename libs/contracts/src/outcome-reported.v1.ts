// A producer says what came of a prediction: a label, a click, an amount.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { instant, name, predictionId } from './identifiers';

/** true, false and numbers for binary and numeric metrics; the true value (string or number) for truth metrics. */
export const outcomeValue = z.union([z.boolean(), z.number(), z.string().max(1024)]);

export const outcome = z.strictObject({
  predictionId,
  metric: name,
  value: outcomeValue,
  /** When it happened; only the arrival decides whether it is late. */
  occurredAt: instant.optional(),
  /** The row of a batch prediction, from 0. */
  item: z.int().min(0).optional(),
  /** Identity within the prediction and the metric, for deduplication; by default there is one outcome per item. */
  id: z.string().min(1).max(256).optional(),
  /** A greater revision replaces a lower one. Default 0. */
  revision: z.int().min(0).optional(),
});

const schema = z.object(outcome.shape);

export type OutcomeReported = z.infer<typeof schema>;

export const outcomeReported = defineEvent<OutcomeReported>({
  topic: 'weir.outcome-reported.v1',
  schema,
  key: (event) => event.predictionId, // the same key and partition count as prediction-served
});
