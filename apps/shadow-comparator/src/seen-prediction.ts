// A record of prediction-served, read as far as most of them need to be: does it concern a shadow at all?
import { InvalidEventError, predictionServed, type PredictionServed } from '@weir/contracts';
import { z } from 'zod';

const head = z.object({
  model: z.string(),
  policyRevision: z.number(),
  rollout: z.string().optional(),
  attempt: z.number().default(1),
  stage: z.number().default(0),
});

export type PredictionHead = z.output<typeof head>;

export interface SeenPrediction {
  readonly head: PredictionHead;
  /** All of it. @throws InvalidEventError */
  whole(): PredictionServed;
}

/** Reading every record whole would be most of what an idle comparator does. */
export const seenPrediction = {
  ...predictionServed,
  schema: z.custom<SeenPrediction>(),
  key: ({ head: { model } }: SeenPrediction) => model,
  encode: () => {
    throw new Error('the comparator writes no predictions');
  },
  decode: (value: Buffer | string): SeenPrediction => {
    const json = parse(value);
    const read = head.safeParse(json);
    if (!read.success) throw invalid(read.error);
    return { head: read.data, whole: () => whole(json) };
  },
};

function parse(value: Buffer | string): unknown {
  try {
    return JSON.parse(typeof value === 'string' ? value : value.toString('utf8'));
  } catch {
    throw new InvalidEventError(predictionServed.topic, 'the value is not JSON');
  }
}

function whole(json: unknown): PredictionServed {
  const read = predictionServed.schema.safeParse(json);
  if (!read.success) throw invalid(read.error);
  return read.data;
}

function invalid(error: z.ZodError): InvalidEventError {
  const [issue] = error.issues;
  return new InvalidEventError(
    predictionServed.topic,
    `${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'invalid'}`,
  );
}
