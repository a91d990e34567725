// A shadow answered the request that stable had answered, and this is how the answers differ. One per prediction and shadow.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { attempt, instant, name, predictionId, unit } from './identifiers';

/** What a version's answer was compared by: one value an item where there is one, cut to its first items. */
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/**
 * value: another value; missing, extra: only one answer has it; type, shape: not of the same kind; not-finite: NaN or infinite on the
 * shadow's side alone; out-of-range: a probability below 0 or above 1; order: a ranking differs; text: a text differs;
 * status: the one is a refusal (4xx), the other is not, or another.
 */
const difference = z.enum([
  'value',
  'label',
  'missing',
  'extra',
  'type',
  'shape',
  'not-finite',
  'out-of-range',
  'order',
  'text',
  'status',
]);

export type DifferenceKind = z.infer<typeof difference>;

const compared = z.object({
  verdict: z.enum(['matched', 'ignored', 'mismatched']),
  /** Which rule decided: exact, tolerance, label, ranking, text, structure. */
  rule: z.string(),
  difference: difference.optional(),
  /** Items of the output that differ, and all of them. */
  differing: z.int().min(0).optional(),
  items: z.int().min(0).optional(),
  /** Numbers: mean of shadow - stable over the items; the largest absolute difference. */
  meanDifference: z.number().optional(),
  maxDifference: z.number().optional(),
  /** Rankings: Kendall's tau-b and the share of the top that both have. */
  tau: z.number().optional(),
  overlap: z.number().optional(),
  /** Texts: 1 - edits / length of the longer. */
  similarity: z.number().optional(),
  /** The first items of both, where they are single values; texts are cut. */
  stable: z.array(value).optional(),
  shadow: z.array(value).optional(),
});

const schema = z.object({
  predictionId,
  model: name,
  rollout: z.string().min(1),
  attempt,
  stage: z.int().min(0),
  unit: unit.optional(),
  segment: z.string().optional(),
  servedAt: instant,
  comparedAt: instant,
  /** The versions compared. */
  stable: name,
  shadow: name,
  /** Of the rules compared by: the same for the same rules. */
  rules: z.string(),
  /** compared: both gave an answer; skipped: the shadow's answer could not count, or it was not asked; failed: it gave none. */
  result: z.enum(['compared', 'skipped', 'failed']),
  /** Why it was skipped or how it failed (docs/guides/shadow.md); absent where compared. */
  reason: z.string().optional(),
  /** Over all outputs: mismatched where one is, else matched; absent where nothing was compared. */
  verdict: z.enum(['matched', 'mismatched']).optional(),
  outputs: z.record(z.string(), compared),
  stableStatus: z.string(),
  stableHttpStatus: z.int().min(100).max(599).optional(),
  stableLatencyMs: z.number().min(0),
  /** ok, error, timeout, unreachable; absent where it was not asked. */
  shadowStatus: z.enum(['ok', 'error', 'timeout', 'unreachable']).optional(),
  shadowHttpStatus: z.int().min(100).max(599).optional(),
  shadowLatencyMs: z.number().min(0).optional(),
});

export type PredictionCompared = z.infer<typeof schema>;
export type ComparedOutput = z.infer<typeof compared>;

export const predictionCompared = defineEvent<PredictionCompared>({
  topic: 'weir.prediction-compared.v1',
  schema,
  key: (event) => event.predictionId,
});
