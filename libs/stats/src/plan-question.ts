// The question that a canary's plan answers, and the answer.
import { type GuardrailPlan } from './guardrail-plan';
import { type Imagined } from './plan-evidence';

export interface CanaryQuestion {
  /** The candidate's weights ascend. */
  readonly steps: readonly QuestionedStep[];
  /** A step takes at most this long, default a day; never less than its least. */
  readonly maxStepMs?: number | undefined;
  readonly advance: 'time' | 'evidence';
  /** Distinct units of each arm in a step. */
  readonly minUnits: number;
  /** Those that a step waits for are the ones marked `mustPass`; with `advance: evidence` all, where none of the stage is marked. */
  readonly guardrails: readonly GuardrailPlan[];
  /** A guardrail that is not among these, a query, is marked. */
  readonly marksAnother?: boolean | undefined;
  /** Units that come for the first time, per second, of all arms. */
  readonly unitsPerSecond: number;
  /** At least as many. */
  readonly predictionsPerSecond: number;
  readonly stable: Imagined;
  readonly seed?: number | undefined;
}

export interface QuestionedStep {
  /** Basis points. */
  readonly weightBps: number;
  /** It takes at least this long, milliseconds. */
  readonly leastMs: number;
  /** A person ends it: it is taken to be ended then, whatever is known. */
  readonly byHand?: boolean | undefined;
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

export function longestStepMs(
  { maxStepMs = 86_400_000 }: Pick<CanaryQuestion, 'maxStepMs'>,
  step: QuestionedStep | undefined,
): number {
  return Math.max(maxStepMs, step?.leastMs ?? 0);
}
