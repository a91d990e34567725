// What the controller answers about rollouts.
import { z } from 'zod';
import { instant, name, weights } from './identifiers';
import { rolloutAction } from './rollout-command';
import { rolloutPhase } from './rollout-changed.v1';

const position = z.object({ state: rolloutPhase, stage: z.int(), step: z.int(), weights });
const counts = z.record(name, z.number());

export const rolloutSummary = z.object({
  id: z.string(),
  name,
  model: name,
  state: rolloutPhase,
  /** The words of whoever brought it into this state. */
  reason: z.string(),
  stage: z.int(),
  /** Of the stage: shadow, canary, ... */
  kind: z.string().nullable(),
  step: z.int(),
  attempt: z.int(),
  /** What a command's `expectedRevision` is compared with. */
  revision: z.int(),
  baseline: name,
  candidates: z.array(name),
  winner: name.optional(),
  createdAt: instant,
  updatedAt: instant,
});

export type RolloutSummary = z.infer<typeof rolloutSummary>;

/** A judgement on evidence. */
const verdict = z.object({
  name: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  sentence: z.string(),
});

export const rolloutView = rolloutSummary.extend({
  weights: z.object({
    /** What the rollout wants, basis points by arm. */
    desired: weights,
    /** In force at every router heard from within 30 s; null where none is heard from. */
    applied: weights.nullable(),
    appliedRevision: z.int().nullable(),
    /** The policy revision that carries the present state. */
    policyRevision: z.int(),
    /** Shares counted in the present epoch; null before the first. */
    observed: weights.nullable(),
    observedCounts: counts,
  }),
  verdicts: z.array(verdict),
  /** The commands that are legal now. */
  moves: z.array(rolloutAction),
  /** The manifest: defaults filled in, durations in milliseconds, shares in basis points, margins explicit. */
  spec: z.record(z.string(), z.unknown()),
});

export type RolloutView = z.infer<typeof rolloutView>;

/** `unchanged`: the same specification is live already. */
export const submissionView = rolloutView.extend({ outcome: z.enum(['started', 'queued', 'unchanged']) });

export const auditLine = z.object({
  at: instant,
  actor: z.string(),
  action: z.string(),
  from: position.nullable(),
  to: position.nullable(),
  reason: z.string(),
  revision: z.int().nullable(),
});

export type AuditLine = z.infer<typeof auditLine>;

const plannedStage = z.object({
  kind: z.string(),
  /** leastMs: null where only a person ends the step. */
  steps: z.array(z.object({ weights, leastMs: z.number().nullable() })),
  minUnits: z.int().nullable(),
  guardrails: z.array(z.object({ name: z.string(), alpha: z.number().nullable() })),
});

export type PlannedStage = z.infer<typeof plannedStage>;

export const rolloutPlan = z.object({
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  warnings: z.array(z.string()),
  stages: z.array(plannedStage),
  /** Of one guardrail, so that all of them together keep to the rollout's alpha; null where there is none. */
  alphaPerGuardrail: z.number().nullable(),
});

export type RolloutPlan = z.infer<typeof rolloutPlan>;
