// What the controller answers about a bandit stage: shares, what is believed of each arm, what it has cost so far, and how it ended.
import { z } from 'zod';
import { instant, name, weights } from './identifiers';

const anyNumber = z.number().nullable();

/** Of the last allocation that was accepted. */
const allocation = z.object({
  sequence: z.int(),
  /** The instant as of which it was computed. */
  asOf: instant,
  /** As the allocator had them, before the stage's bounds. */
  wanted: weights,
  probabilityBest: z.record(name, z.number()),
  /** Outcomes, each worth less the older it is. */
  effectiveSamples: z.record(name, z.number()),
  leader: name,
  /** What going on may still gain over the leader, relative; null: any amount. */
  valueRemaining: anyNumber,
  threshold: z.number(),
  /** Whether the leader is told apart from every other arm, at any look; null: not claimed, for units keep their arms. */
  separated: z.boolean().nullable(),
  stop: z.boolean(),
  sentence: z.string(),
});

export type BanditAllocation = z.infer<typeof allocation>;

export const banditDecision = z.object({
  /** Index of the bandit stage. */
  stage: z.int(),
  /** baseline: the model's stable is the best arm, so that nothing changes. harm: no candidate is left. */
  kind: z.enum(['winner', 'baseline', 'inconclusive', 'harm']),
  winner: name.nullable(),
  at: instant,
  /** Why this, and why now. */
  reason: z.string(),
  /** As it was then; null: none was accepted. */
  allocation: allocation.nullable(),
});

export type BanditDecision = z.infer<typeof banditDecision>;

const arm = z.object({
  /** Basis points, as they are now. */
  weightBps: z.int(),
  /** Why the arm gets nothing any more; null: it is in. */
  out: z.object({ at: instant, reason: z.string() }).nullable(),
  probabilityBest: anyNumber,
  effectiveSamples: anyNumber,
  /** Counted in this stage. */
  outcomes: z.number(),
  /** Overlap-weighted, so that weights that followed the outcomes do not bias it; null: too few. */
  mean: anyNumber,
  /** Of the mean, units independent: what one unit had in several predictions is one observation. */
  standardError: anyNumber,
});

/** In the metric's unit, by the arms' overlap-weighted means; null: they are not known of each arm. */
const regret = z.object({
  /** What the outcomes so far would have been more, had the best arm had them all. */
  soFar: anyNumber,
  /** The same, had each arm had as many. */
  ofEvenSplit: anyNumber,
});

export const banditView = z.object({
  /** Index of the bandit stage. */
  stage: z.int(),
  algorithm: z.string(),
  metric: name,
  direction: z.enum(['up', 'down']),
  assign: z.enum(['prediction', 'unit']),
  baseline: name,
  arms: z.record(name, arm),
  regret,
  /** null: none was accepted yet. */
  allocation: allocation.nullable(),
  decision: banditDecision.nullable(),
  sentence: z.string(),
});

export type BanditView = z.infer<typeof banditView>;

/** Of a bandit stage; null: nothing is known of the traffic, or of how many predictions have an outcome. */
export const plannedLearning = z.object({
  metric: name,
  outcomesPerSecond: anyNumber,
  /** Between two updates. */
  outcomesPerUpdate: anyNumber,
  /** What the half-life lets it remember, in outcomes of today, when it has run for several half-lives. */
  remembered: anyNumber,
  /** Basis points of the traffic that floors keep from the best arm for as long as it runs. */
  floorsBps: z.int(),
  /** From a prediction to what is learnt of it, at most. */
  feedbackMs: z.number(),
});
