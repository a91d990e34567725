// A rollout moved: what it was, what it is, who moved it and why. The audit trail as a topic.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { instant, name } from './identifiers';

export const rolloutPhase = z.enum([
  'pending',
  'queued',
  'running',
  'paused',
  'rolling-back',
  'completed',
  'rolled-back',
  'superseded',
]);

export type RolloutPhase = z.infer<typeof rolloutPhase>;

const position = z.object({
  state: rolloutPhase,
  stage: z.int().min(0),
  step: z.int().min(0),
  weights: z.record(name, z.int().min(0).max(10_000)),
});

const schema = z.object({
  rollout: z.string().min(1),
  model: name,
  /** Absent for the first: the rollout was submitted. */
  from: position.optional(),
  to: position,
  /** A person's key name, or the guardrail that did it. */
  actor: z.string().min(1),
  action: z.string().min(1),
  reason: z.string(),
  /** The rollout's own revision after the move: expectedRevision of a command. */
  revision: z.int().min(1),
  at: instant,
});

export type RolloutChanged = z.infer<typeof schema>;

export const rolloutChanged = defineEvent<RolloutChanged>({
  topic: 'weir.rollout-changed.v1',
  schema,
  key: (event) => event.rollout,
});
