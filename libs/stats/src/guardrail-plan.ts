// A guardrail as it is tested: what, against whom, by what margin, at what risk; and how the risk is shared out.

/** Of the metric's unit, or of stable's mean (relative, in [0, 1)). */
export type DifferenceMargin = { readonly absolute: number } | { readonly relative: number };

export interface ErrorsTest {
  readonly kind: 'errors';
  readonly metric: string;
  /** How many times stable's rate is still as good, >= 1. */
  readonly ratio: number;
  /** A share of failing units that is never a harm, default 0.001. */
  readonly floor?: number | undefined;
  /** A share of failing units that is good enough for a promotion whatever stable's is, default 0.01. */
  readonly tolerance?: number | undefined;
}

export const defaultFloor = 0.001;
export const defaultTolerance = 0.01;

export interface LatencyTest {
  readonly kind: 'latency';
  readonly metric: string;
  /** In (0, 1): 0.95 is the 95th percentile. */
  readonly quantile: number;
  /** How many times stable's quantile is still as good, >= 1. */
  readonly ratio: number;
}

export interface BinaryTest {
  readonly kind: 'binary';
  readonly metric: string;
  /** The direction in which the metric is better. */
  readonly direction: 'up' | 'down';
  readonly margin: DifferenceMargin;
}

export interface NumericTest {
  readonly kind: 'numeric';
  readonly metric: string;
  readonly direction: 'up' | 'down';
  readonly margin: DifferenceMargin;
  /** Declared least and greatest value: the test is exact with them, asymptotic without. */
  readonly bounds?: readonly [least: number, greatest: number] | undefined;
}

export type GuardrailTest = ErrorsTest | LatencyTest | BinaryTest | NumericTest;

export interface GuardrailPlan {
  readonly test: GuardrailTest;
  readonly baseline: string;
  readonly candidate: string;
  /** Only rows of this stage are folded; where it is absent the rows must be of one stage, for periods ascend over a stage. */
  readonly stage?: number | undefined;
  /** The probability of a breach by chance over the whole life of the test. */
  readonly alpha: number;
  /** The probability of a promotion outside the margin. */
  readonly beta: number;
  readonly mustPass: boolean;
  /** Per arm, before a confidence sequence decides (never below 100); exact tests need none. */
  readonly minUnits: number;
}

/** Per guardrail: the sum of all is the probability of a rollback by chance (Bonferroni). */
export function splitAlpha(alpha: number, candidates: number, guardrails: number): number {
  return alpha / (candidates * guardrails);
}

/** What the acceptance e-value needs at step s of S, both from 1: beta^(-s/S); 1/beta at the last. */
export function acceptanceThreshold(beta: number, step: number, steps: number): number {
  return beta ** -(step / steps);
}

/** ln of what the scope once must reach: half of alpha is spent there. */
export function onceThreshold(alpha: number): number {
  return Math.log(2 / alpha);
}

/** ln of what the k-th period must reach, k from 1: alpha/2 is spent as 1/(k(k+1)), which sums to 1. */
export function periodThreshold(alpha: number, ordinal: number): number {
  return Math.log((2 * ordinal * (ordinal + 1)) / alpha);
}

/** The metric under which evidence carries what the test needs. */
export function evidenceMetric(test: GuardrailTest): string {
  return test.kind === 'latency' ? 'latency' : test.metric;
}
