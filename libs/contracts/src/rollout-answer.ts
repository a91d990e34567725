// What the controller answers about rollouts.
import { z } from 'zod';
import { banditView, plannedLearning } from './bandit-answer';
import { comparisonView } from './comparison-answer';
import { evidence } from './evidence.v1';
import { experimentDecision, experimentView } from './experiment-answer';
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

const anyNumber = z.number().nullable();
/** null: none yet, or none at all (a query is a threshold, no test). */
const evidenceFor = { eValue: anyNumber, threshold: anyNumber };

/** value: a rate, a quantile in milliseconds or a mean, as the metric has it. */
const armCounts = z.object({ units: z.number(), records: z.number(), value: anyNumber });

/** A guardrail judged on the evidence so far: the numbers, and one sentence that says it. */
export const guardrailVerdict = z.object({
  /** The metric, or the name of the query. */
  name: z.string(),
  /** Index of the stage that declares it. */
  stage: z.int(),
  candidate: name,
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  /** Worse than the margin allows; never taken back. */
  breached: z.boolean(),
  /** Shown to be within the margin, as well as the present step asks. */
  accepted: z.boolean(),
  /** Marked `must: pass`. */
  must: z.boolean(),
  /** Its share of the rollout's alpha; null: a query has none. */
  alpha: anyNumber,
  /** How the candidate differs from the baseline, in the terms of the margin. */
  effect: anyNumber,
  interval: z.tuple([anyNumber, anyNumber]).nullable(),
  /** Evidence of harm, and what it is a breach from. */
  ...evidenceFor,
  /** Over which firsts the harm was seen: those in the rollout, or those in a ten-minute period. */
  scope: z.enum(['once', 'period']).nullable(),
  /** Evidence that it is within the margin, and what the present step asks of it. */
  acceptance: z.object(evidenceFor),
  baseline: armCounts,
  candidateCounts: armCounts,
  /** Of a query only: what it gave last, against its limit; `above`: so many times in a row. */
  query: z.object({ value: anyNumber, max: z.number(), at: instant.nullable(), above: z.int() }).optional(),
  sentence: z.string(),
});

export type GuardrailVerdictView = z.infer<typeof guardrailVerdict>;

/** Whether units came to the arms in the shares that were asked for. A mismatch withholds passes and never rolls back. */
export const sampleRatioVerdict = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  mismatch: z.boolean(),
  /** Units were in an arm to which their own event gave no weight. */
  leak: z.boolean(),
  ...evidenceFor,
  units: z.record(name, z.object({ seen: z.number(), expected: z.number() })),
  sentence: z.string(),
});

/** A window of evidence of which only a part has come: nothing from it on is judged, and no step moves on by itself. */
const tornWindow = z.object({
  index: z.int(),
  to: instant,
  /** Final rows that have come, and how many there are; null where none of them says so. */
  came: z.int(),
  of: z.int().nullable(),
  /** Since the first of them came. */
  waitedMs: z.number(),
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
  /** One for each guardrail, and each limit of a shadow, of the stages so far. */
  verdicts: z.array(guardrailVerdict),
  /** Of the shadow stages so far, one for each candidate. */
  comparisons: z.array(comparisonView),
  /** Of the ab stages so far: what each arm and metric amounts to, and what was decided. */
  experiments: z.array(experimentView),
  /** Of the latest ab stage that has been decided; null: none has. */
  decision: experimentDecision.nullable(),
  /** Of the bandit stages so far: shares, what is believed of each arm, and how it ended. */
  bandits: z.array(banditView),
  sampleRatio: sampleRatioVerdict,
  /** Distinct units of the present step, by arm. */
  units: counts,
  /** Why the step does not move on by itself, in words. */
  waitingFor: z.array(z.string()),
  /** null where all that has come is judged. */
  tornWindow: tornWindow.nullable(),
  /** Why it is paused: it runs on when none is left. */
  pauses: z.array(z.object({ by: z.enum(['person', 'inconclusive']), reason: z.string(), since: instant })),
  /** The probability of a rollback by chance: of the whole rollout, and the share of each guardrail; null without one. */
  alpha: z.object({ total: z.number(), perGuardrail: anyNumber }),
  /** Where the present step began. */
  stepStartedAt: instant.nullable(),
  /** Of a completed blue-green: blue, and what its release waits for; null: nothing is kept, or no longer. */
  kept: z.object({ version: name, until: instant, waitingFor: z.array(z.string()) }).nullable(),
  /** The commands that are legal now. */
  moves: z.array(rolloutAction),
  /** The manifest: defaults filled in, durations in milliseconds, shares in basis points, margins explicit. */
  spec: z.record(z.string(), z.unknown()),
});

export type RolloutView = z.infer<typeof rolloutView>;

/** The latest windows, and what all of them amount to. */
export const evidenceView = rolloutView.pick({ verdicts: true, sampleRatio: true, tornWindow: true }).extend({
  /** The newest first. */
  evidence: z.array(evidence.schema),
  /** The last window that the verdicts are made of; null before the first. */
  through: z.object({ index: z.int(), to: instant }).nullable(),
});

export type EvidenceView = z.infer<typeof evidenceView>;

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

/** Of simulated canaries of a candidate as good as stable; null: not within the step's `maxStep` in so many of them. */
const spread = z.object({ median: anyNumber, p90: anyNumber });

const plannedStep = z.object({
  weights,
  /** null where only a person ends the step. */
  leastMs: anyNumber,
  /** What it takes with the traffic below; null where a person ends it. */
  expected: z
    .object({
      ms: spread,
      units: spread,
      candidateUnits: spread,
      predictions: spread,
      /** What held it last, most often: a metric, `every` or `minUnits`. */
      heldBy: z.string(),
    })
    .nullable(),
});

/** Of a shadow: what it takes with the traffic below, as expected of a candidate whose answers are as good as stable's. */
const plannedPairs = z.object({
  minPairs: z.int(),
  pairsPerSecond: z.number(),
  /** Until each candidate has so many. */
  minPairsMs: z.number(),
  /** What the stage waits for longest: `duration`, `minPairs` or a test. */
  heldBy: z.string(),
  tests: z.array(
    z.object({
      name: z.string(),
      alpha: anyNumber,
      /** Until it is shown to hold; null: not within `maxDuration`, or what its values are like is not known before. */
      acceptedMs: anyNumber,
      /** The least fault that is found within `duration`, in words; null: none is, or it is not known before. */
      finds: z.string().nullable(),
    }),
  ),
});

/** Of an ab stage: what finds the minimumEffect in four of five experiments, looked at as they go. */
const plannedSize = z.object({
  metric: name,
  minimumEffect: z.number(),
  /** Of one comparison: Holm's least over arms and metrics. */
  alpha: z.number(),
  power: z.number(),
  /** What is known or assumed of the baseline: its rate or mean, and the variance of a unit's value. */
  baseline: z.object({ mean: z.number(), variance: z.number() }),
  unitsPerArm: z.int(),
  totalUnits: z.int(),
  /** Mean units per arm at which such an effect is found. */
  expectedStop: anyNumber,
  /** With the traffic below, of the smallest arm; null: nothing is known of the traffic. */
  ms: anyNumber,
});

const plannedStage = z.object({
  kind: z.string(),
  steps: z.array(plannedStep),
  minUnits: z.int().nullable(),
  guardrails: z.array(z.object({ name: z.string(), alpha: anyNumber })),
  /** Of a shadow stage. */
  pairs: plannedPairs.optional(),
  /** Of an ab stage; null where nothing is known of the metric, absent elsewhere. */
  size: plannedSize.nullable().optional(),
  /** Of a bandit stage. */
  learning: plannedLearning.optional(),
  /** Of all steps, where none waits for a person. */
  totalMs: spread.nullable(),
  /** How long a fault of twice the margin takes to be found at the first step. */
  detection: z.array(z.object({ metric: z.string(), fault: z.string(), ms: spread })),
});

/** What the figures of a plan were made of. */
const plannedTraffic = z.object({
  source: z.enum(['observed', 'assumed']),
  predictionsPerSecond: z.number(),
  /** That come for the first time. */
  unitsPerSecond: z.number(),
  /** Share of stable's units that fail. */
  errorRate: z.number(),
  sentence: z.string(),
});

export type PlannedTraffic = z.infer<typeof plannedTraffic>;

export type PlannedStage = z.infer<typeof plannedStage>;

export const rolloutPlan = z.object({
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  warnings: z.array(z.string()),
  stages: z.array(plannedStage),
  traffic: plannedTraffic,
  /** Of one guardrail, so that all of them together keep to the rollout's alpha; null where there is none. */
  alphaPerGuardrail: z.number().nullable(),
});

export type RolloutPlan = z.infer<typeof rolloutPlan>;
