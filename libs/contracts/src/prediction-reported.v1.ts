// A caller that asked for a decision alone says how its call of the model went. It names no arm: that is the decision's.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { instant, name, predictionId } from './identifiers';

/** The body of POST /models/{model}/served, strict. */
export const servedReport = z.strictObject({
  predictionId,
  /** HTTP status of the model's answer, or the one that stands for its absence: 504 no answer in time, 499 nobody waits any more. */
  status: z.int().min(100).max(599),
  /** Milliseconds from the call to the whole answer, or to giving up. At most an hour. */
  latencyMs: z.number().min(0).max(3_600_000),
});

export type ServedReport = z.infer<typeof servedReport>;

const schema = z.object({
  ...servedReport.shape,
  model: name,
  reportedAt: instant,
  /** The router process that took the report; not always the one that decided. */
  router: z.string().optional(),
});

export type PredictionReported = z.infer<typeof schema>;

export const predictionReported = defineEvent<PredictionReported>({
  topic: 'weir.prediction-reported.v1',
  schema,
  key: (event) => event.predictionId,
});
