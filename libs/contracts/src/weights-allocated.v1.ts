// What a bandit's arms are to get, as the allocator sees it: the controller makes it policy, within the rollout's bounds.
import { z } from 'zod';
import { contextualWeights } from './contextual-weights';
import { defineEvent } from './define-event';
import { attempt, instant, name, weights } from './identifiers';

const byArm = z.record(name, z.number().min(0));

const schema = z.object({
  model: name,
  rollout: z.string().min(1),
  attempt,
  stage: z.int().min(0),
  /** Of the rollout's slice in the policy that the allocator worked by; absent: it did not say. */
  epoch: z.int().min(0).optional(),
  /** Ascends with every allocation of the stage. */
  sequence: z.int().min(1),
  /** Of the eligible arms; they add up to 10000. Of a contextual bandit: at the average of its contexts. */
  weights,
  /** Of a contextual bandit: how the arms are weighed for each prediction. */
  context: contextualWeights.optional(),
  /** 0..1. */
  probabilityBest: byArm,
  /** What an arm's outcomes still count: each by half for every half-life since its prediction. */
  effectiveSamples: byArm,
  /** Weights are a function of the outcomes before the offsets and of this instant. */
  asOf: instant,
  /** By partition of weir.outcome-joined.v1: the next offset. */
  offsets: z.record(z.string(), z.string()),
  /** Why now: the cadence, so many outcomes, or other arms than before. */
  reason: z.enum(['cadence', 'outcomes', 'arms-changed']),
  /** May the bandit end? */
  stop: z.object({
    leader: name,
    /** Null: any amount. */
    valueRemaining: z.number().min(0).nullable(),
    threshold: z.number().gt(0),
    /** Null: not claimed, since units keep their arms. */
    separated: z.boolean().nullable(),
    stop: z.boolean(),
    sentence: z.string(),
  }),
});

export type WeightsAllocated = z.infer<typeof schema>;

export const weightsAllocated = defineEvent<WeightsAllocated>({
  topic: 'weir.weights-allocated.v1',
  schema,
  key: (event) => event.model,
});
