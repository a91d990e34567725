// A producer asks for a prediction over Kafka. The router answers as it would over HTTP.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attributes, instant, name, predictionId, unit } from './identifiers';

const schema = z.object({
  predictionId,
  model: name,
  unit: unit.optional(),
  attributes: attributes.optional(),
  /** The body of an Open Inference infer call, passed on as it is. */
  request: z.record(z.string(), z.unknown()),
  /** After this instant nobody waits for the answer: it is recorded as a timeout and the model is not called. */
  deadline: instant.optional(),
});

export type PredictionRequested = z.infer<typeof schema>;

/** The answer is in `prediction-served`; a copy goes to the topic named by the record's `reply-to` header. */
export const predictionRequested = defineEvent<PredictionRequested>({
  topic: 'weir.prediction-requested.v1',
  schema,
  key: (event) => event.unit ?? event.predictionId,
});
