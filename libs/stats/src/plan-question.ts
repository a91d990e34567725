// The question that a canary's plan answers, and the answer.
import { type GuardrailPlan } from './guardrail-plan';
import { type Imagined } from './plan-evidence';

export interface CanaryQuestion {
  /** Basis points, ascending. */
  readonly steps: readonly number[];
  /** A step takes at least this long, milliseconds. */
  readonly everyMs: number;
  /** And at most this, default a day. */
  readonly maxStepMs?: number | undefined;
  readonly advance: 'time' | 'evidence';
  /** Distinct units of each arm in a step. */
  readonly minUnits: number;
  readonly guardrails: readonly GuardrailPlan[];
  /** Units that come for the first time, per second, of all arms. */
  readonly unitsPerSecond: number;
  /** At least as many. */
  readonly predictionsPerSecond: number;
  readonly stable: Imagined;
  readonly seed?: number | undefined;
}

/** Of the runs; null: not within the longest step in so many of them. */
export interface Spread {
  readonly median: number | null;
  readonly p90: number | null;
}

export interface PlannedStep {
  readonly weightBps: number;
  readonly ms: Spread;
  /** New units of the candidate, and of both arms. */
  readonly candidateUnits: Spread;
  readonly units: Spread;
  readonly predictions: Spread;
  /** What held it last, most often: a metric, `every` or `minUnits`; a step that no run reached: `every`. */
  readonly heldBy: string;
}

export interface PlannedDetection {
  readonly metric: string;
  /** The fault that is looked for: twice what the margin allows. */
  readonly fault: string;
  /** Until such a candidate is rolled back at the first step. */
  readonly ms: Spread;
}

export interface CanaryPlan {
  readonly steps: readonly PlannedStep[];
  readonly totalMs: Spread;
  readonly detection: readonly PlannedDetection[];
  readonly warnings: readonly string[];
}

export function longestStepMs({ maxStepMs = 86_400_000 }: CanaryQuestion): number {
  return maxStepMs;
}
