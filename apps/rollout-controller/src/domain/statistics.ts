// The judgements of libs/stats that a rollout is moved by. States are plain JSON: what all windows so far amount to.
import { type Evidence } from '@weir/contracts';

export type Margin = { readonly ratio: number } | Difference;
export type Difference = { readonly absolute: number } | { readonly relative: number };

export type GuardrailTest =
  | { readonly kind: 'errors'; readonly metric: 'error-rate' | 'client-error-rate'; readonly ratio: number }
  | { readonly kind: 'latency'; readonly metric: string; readonly quantile: number; readonly ratio: number }
  | { readonly kind: 'binary'; readonly metric: string; readonly direction: 'up' | 'down'; readonly margin: Difference }
  | {
      readonly kind: 'numeric';
      readonly metric: string;
      readonly direction: 'up' | 'down';
      readonly margin: Difference;
      readonly bounds?: [number, number];
    };

export interface GuardrailPlan {
  readonly test: GuardrailTest;
  readonly baseline: string;
  readonly candidate: string;
  /** Of this guardrail and candidate: its share of the rollout's alpha. */
  readonly alpha: number;
  /** The rollout's promotionError. */
  readonly beta: number;
  readonly mustPass: boolean;
  readonly minUnits: number;
}

export interface GuardrailVerdict {
  readonly metric: string;
  readonly candidate: string;
  readonly status: 'pass' | 'fail' | 'inconclusive' | 'error';
  readonly breached: boolean;
  readonly accepted: boolean;
  readonly effect: number | null;
  readonly interval: readonly [number | null, number | null] | null;
  readonly eValue: number | null;
  readonly threshold: number;
  readonly scope: 'once' | 'period' | null;
  readonly acceptance: { readonly eValue: number | null; readonly threshold: number };
  readonly baseline: Readonly<Record<string, unknown>>;
  readonly candidateCounts: Readonly<Record<string, unknown>>;
  readonly sentence: string;
}

export interface SampleRatioVerdict {
  readonly mismatch: boolean;
  readonly eValue: number | null;
  readonly threshold: number;
  readonly sentence: string;
}

/** One window's rows are folded in once, in ascending order of the windows. */
export interface Statistics {
  openGuardrail(plan: GuardrailPlan): unknown;
  foldWindow(state: unknown, plan: GuardrailPlan, rows: readonly Evidence[]): unknown;
  /** @param at step s of S steps, s from 1. */
  judgeGuardrail(
    state: unknown,
    plan: GuardrailPlan,
    at: { readonly step: number; readonly steps: number },
  ): GuardrailVerdict;
  openSampleRatio(): unknown;
  foldSampleRatio(state: unknown, rows: readonly Evidence[]): unknown;
  judgeSampleRatio(state: unknown): SampleRatioVerdict;
}
