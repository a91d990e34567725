// What decisions read of an evidence row: a structural part of weir.evidence.v1, so that this room depends on nothing.
import { type Weights } from './counting/overlap-weight';

/** Sums over firsts: of units in the rollout or in the period. */
export interface FirstSums {
  readonly n: number;
  readonly sum: number;
  /** Sum of squares of the same values; where it is absent the declared bounds stand in for it. */
  readonly sumSquares?: number | undefined;
  /** Latency only: count by bin. */
  readonly histogram?: Readonly<Record<string, number>> | undefined;
}

/** Overlap-weighted sums of units' totals: Y = sum h y, D = sum h, X = D times the unit's covariate; each the change made in this window. */
export interface UnitTotals {
  readonly n: number;
  /** Those of n whose covariate is known; absent: none. */
  readonly covered?: number | undefined;
  readonly y: number;
  readonly d: number;
  readonly yy: number;
  readonly yd: number;
  readonly dd: number;
  readonly x: number;
  readonly xx: number;
  readonly xy: number;
  readonly xd: number;
}

export interface EvidenceRow {
  readonly stage: number;
  readonly step: number;
  readonly period: number;
  readonly epoch: number;
  /** Basis points by arm. */
  readonly weights: Weights;
  readonly segment: string | null;
  readonly arm: string;
  readonly metric: string;
  /** to: ISO instant of its end. */
  readonly window: { readonly index: number; readonly to?: string | undefined };
  readonly n: number;
  readonly sum: number;
  readonly newUnits: number;
  /** By the second in which they were decided; of a declared metric those of `once`. */
  readonly decided?: Readonly<Record<string, number>> | undefined;
  /** Units at their first prediction, whatever became of it; likewise. */
  readonly assigned?: Readonly<Record<string, number>> | undefined;
  /** Units at their first prediction that anyone answered; likewise. */
  readonly answered?: Readonly<Record<string, number>> | undefined;
  readonly once: FirstSums;
  readonly inPeriod: FirstSums;
  readonly unitSums: UnitTotals;
}
