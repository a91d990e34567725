// What the controller answers about an ab stage: each arm and metric against the baseline, the sample ratio by stage, and the decision.
import { z } from 'zod';
import { instant, name } from './identifiers';

const anyNumber = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable();

/** value: overlap-weighted, so that weights that changed on the way do not bias it; a quantile in milliseconds. */
const armCounts = z.object({ units: z.number(), records: z.number(), value: anyNumber });

/** One metric of one candidate against the baseline. */
const experimentComparison = z.object({
  metric: z.string(),
  candidate: name,
  direction: z.enum(['up', 'down']),
  minimumEffect: anyNumber,
  /** Candidate less baseline, in the metric's unit; null: nothing to compare yet. */
  effect: anyNumber,
  /** Of the effect: time-uniform, and together with those of all other arms and metrics at 1 - alpha. null: too few units. */
  interval,
  /** Always valid: it may be looked at as often as one likes. */
  pValue: anyNumber,
  /** By Holm over all arms and metrics of the stage. */
  adjustedPValue: anyNumber,
  /** The effect as a share of the baseline's value; null where that is 0. */
  relative: z.object({ effect: z.number(), interval }).nullable(),
  /** The share of the variance that what is known of units from before takes away; null: nothing is known. */
  varianceReduction: anyNumber,
  baseline: armCounts,
  candidateCounts: armCounts,
  /** The difference that is shown; null: none is. */
  shown: z.enum(['better', 'worse']).nullable(),
  /** Shown to be worse by the minimumEffect. */
  harmful: z.boolean(),
  /** Shown to differ by less than the minimumEffect. */
  equivalent: z.boolean(),
  sentence: z.string(),
});

const stageRatio = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  eValue: anyNumber,
  threshold: z.number(),
  units: z.record(name, z.object({ seen: z.number(), expected: z.number() })),
});

/** A fault stays in the counts of the stages after it: the first that fails names what is broken. */
const experimentRatio = z.object({
  broken: z.enum(['assignment', 'serving', 'join']).nullable(),
  assigned: stageRatio,
  served: stageRatio,
  joined: stageRatio,
  sentence: z.string(),
});

const kind = z.enum(['winner', 'no-difference', 'harm', 'inconclusive']);

/** As it was decided: the numbers are those of that moment. */
export const experimentDecision = z.object({
  /** Index of the ab stage. */
  stage: z.int(),
  kind,
  winner: name.nullable(),
  at: instant,
  /** Why this, and why now. */
  reason: z.string(),
  comparisons: z.array(experimentComparison),
  sampleRatio: experimentRatio,
});

export type ExperimentDecision = z.infer<typeof experimentDecision>;

export const experimentView = z.object({
  /** Index of the ab stage. */
  stage: z.int(),
  baseline: name,
  /** The metric that decides, and the others. */
  metric: z.string(),
  metrics: z.array(z.string()),
  alpha: z.number(),
  arms: z.record(
    name,
    z.object({
      /** Basis points, as they are now. */
      weightBps: z.int(),
      /** Why the arm gets nothing any more; null: it is in. */
      out: z.object({ at: instant, reason: z.string() }).nullable(),
    }),
  ),
  comparisons: z.array(experimentComparison),
  sampleRatio: experimentRatio,
  decision: experimentDecision.nullable(),
});

export type ExperimentView = z.infer<typeof experimentView>;
