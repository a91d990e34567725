// The router assigned a prediction to an arm, and this is what came of the call. Starts the life of a prediction.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attempt, attributes, instant, name, predictionId, unit, weights } from './identifiers';

/** What is needed beside the body to ask the same of another version: the path of a raw call, and headers that say how to read the body. */
const asSent = {
  /** Raw calls only: what follows the model, query included. */
  path: z.string().optional(),
  /** Lower-case names of what tells how to read the body (content-encoding, inference-header-content-length); never keys or cookies. */
  headers: z.record(z.string(), z.string()).optional(),
};

/** A body as it passed, or what is left of it when it was too large, not asked for, or not JSON. */
const captured = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('json'),
    contentType: z.string().optional(),
    size: z.int().min(0),
    body: z.unknown(),
    ...asSent,
  }),
  z.object({
    kind: z.literal('base64'),
    contentType: z.string().optional(),
    size: z.int().min(0),
    body: z.string(),
    ...asSent,
  }),
  /** sha256 in hexadecimal, of the bytes that were seen; size in bytes. */
  z.object({ kind: z.literal('digest'), contentType: z.string().optional(), size: z.int().min(0), sha256: z.string() }),
  /** Capture was not asked for. */
  z.object({ kind: z.literal('size'), contentType: z.string().optional(), size: z.int().min(0) }),
]);

export type Captured = z.infer<typeof captured>;

/**
 * ok: a usable answer (4xx of the server included: the version did answer); error: 5xx, 429 of the server, or an unusable answer;
 * timeout: the deadline passed; unreachable: no instance could be reached; cancelled: the caller left first.
 */
const armStatus = z.enum(['ok', 'error', 'timeout', 'unreachable', 'cancelled']);

export type ArmStatus = z.infer<typeof armStatus>;

/** Of this package's own use: the decision's part of it is an event too. */
export const predictionServedSchema = z.object({
  predictionId,
  model: name,
  /** Absent where no rollout took part: stable answered by default. */
  rollout: z.string().optional(),
  attempt,
  stage: z.int().min(0).optional(),
  step: z.int().min(0).optional(),
  epoch: z.int().min(0),
  /** The weights in force when the arm was chosen, basis points by arm. */
  weights,
  /** The version assigned: all evidence belongs to it, whoever answered. */
  arm: name,
  armStatus,
  /** HTTP status of the assigned version's last attempt, where it gave one. */
  armHttpStatus: z.int().min(100).max(599).optional(),
  /** Milliseconds from the first byte sent to the assigned version until its answer was whole, or it failed. */
  armLatencyMs: z.number().min(0),
  /** `protocol: raw`: milliseconds from the request's last byte to the first of the answer's body, as the caller saw it. */
  firstByteMs: z.number().min(0).optional(),
  /** The version whose answer the caller got; absent when nobody answered. */
  answeredBy: name.optional(),
  /** Probability with which the arm was chosen, (0,1]. */
  propensity: z.number().gt(0).lte(1),
  assignment: z.enum(['unit', 'prediction']),
  policyRevision: z.int().min(0),
  unit: unit.optional(),
  segment: z.string().optional(),
  attributes: attributes.optional(),
  /** Why this arm: drawn by weight, pinned by path, outside every slice, not fitting `when`, a lasting target. */
  reason: z.enum(['weights', 'pinned', 'no-rollout', 'not-eligible', 'target']),
  capture: z.object({ request: captured.optional(), response: captured.optional() }).optional(),
  /** HTTP status that the caller got; 499 when the caller had left. */
  status: z.int().min(100).max(599),
  /** Milliseconds from the request's last byte to the answer's last, as the caller saw it. */
  latencyMs: z.number().min(0),
  /** True when another version answered because the assigned one failed. */
  fallback: z.boolean().optional(),
  /** A version pinned by path: never evidence. */
  pinned: z.boolean().optional(),
  /** `x-weir-exclude: 1`: load tests and bots, never evidence. */
  excluded: z.boolean().optional(),
  /**
   * Absent: Weir called the model. given: a caller that asked for a decision alone called it and reported; missing: it never
   * reported, which counts as a timeout of the arm.
   */
  report: z.enum(['given', 'missing']).optional(),
  servedAt: instant,
  /** The router process that served it. */
  router: z.string().optional(),
});

export type PredictionServed = z.infer<typeof predictionServedSchema>;

export const predictionServed = defineEvent<PredictionServed>({
  topic: 'weir.prediction-served.v1',
  schema: predictionServedSchema,
  key: (event) => event.predictionId, // one prediction, one order
});
