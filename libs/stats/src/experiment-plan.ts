// An experiment as it is tested: arms against a baseline, on one metric that decides and others beside it.

/** mean: of all records, or of a ratio. rate: a mean of values between 0 and 1. quantile: of first latencies, milliseconds. */
export type GoalKind = 'mean' | 'rate' | 'quantile';

export interface Goal {
  /** As people name it: correct, revenue, error-rate, latency, latency-p95. */
  readonly name: string;
  /** Under which evidence carries it: `latency` for all of latency. */
  readonly metric: string;
  readonly kind: GoalKind;
  /** In (0, 1), of a quantile. */
  readonly quantile?: number | undefined;
  readonly direction: 'up' | 'down';
  /** Above 0, in the metric's unit; null: nothing is concluded from its size. */
  readonly minimumEffect: number | null;
}

export interface ExperimentPlan {
  /** Index of the rollout's stage that asks. */
  readonly stage: number;
  readonly baseline: string;
  readonly candidates: readonly string[];
  /** The first decides. */
  readonly goals: readonly Goal[];
  /** The probability of any wrong claim about a difference, over all arms and metrics and the whole life of the experiment. */
  readonly alpha: number;
  /** Per arm, before anything is concluded (never below 100). */
  readonly minUnits: number;
  /** N*, units of both arms of a comparison at which its interval is narrowest; null: what finds the minimumEffect with 80 % power. */
  readonly plannedUnits: number | null;
}

/** The normal approximation is not trusted below so many units of an arm. */
export const leastUnits = 100;
/** Nor where the rarer of the two outcomes has come less often than so, in both arms together. */
export const leastEvents = 10;

/** Of each comparison, so that all intervals hold together. */
export function levelOf({ alpha, candidates, goals }: ExperimentPlan): number {
  return alpha / (candidates.length * goals.length);
}
