// The sums of one evidence row: how they add up, how they are told, and how they are kept.
import { fromFixed, type Fixed } from './fixed-point';
import { addHistograms } from './latency-bins';

/** Sums over firsts: of units in the rollout (once) or in the period. Histogram: count by latency bin. */
export interface ScopeSums<Amount = Fixed> {
  n: number;
  sum: Amount;
  /** Of values that are not only 0 and 1. */
  sumSquares?: Amount;
  histogram?: Record<string, number>;
}

/** Sums over units of their totals Y = sum h y, D = sum h and covariate X = D times the unit's past, each as the change made here. */
export interface UnitSums<Amount = Fixed> {
  n: number;
  /** Those of n whose past is known; absent where none is. */
  covered?: number;
  y: Amount;
  d: Amount;
  yy: Amount;
  yd: Amount;
  dd: Amount;
  x: Amount;
  xx: Amount;
  xy: Amount;
  xd: Amount;
}

/** Why a record was seen and not counted. */
export type Exclusion = 'pinned' | 'excluded' | 'cancelled' | 'missing' | 'late';

/** Amount: Fixed where records are counted, number where the sums are told, text where they are kept. */
export interface Sums<Amount = Fixed> {
  n: number;
  sum: Amount;
  sumSquares: Amount;
  newUnits: number;
  /** The same by the second, since the epoch, in which they were decided; absent where nobody told. */
  decided?: Record<string, number> | undefined;
  /** Units at their first prediction, whatever became of it; at their first that anyone answered. Likewise. */
  assigned?: Record<string, number> | undefined;
  answered?: Record<string, number> | undefined;
  /** Units at their first prediction in the step. */
  stepUnits: number;
  once: ScopeSums<Amount>;
  inPeriod: ScopeSums<Amount>;
  unitSums: UnitSums<Amount>;
  /** Of a distribution only: items by bin; `n` counts them, and no other sum does. */
  histogram?: Record<string, number>;
  excluded: Record<Exclusion, number>;
}

export function emptySums(): Sums {
  return {
    n: 0,
    sum: 0n,
    sumSquares: 0n,
    newUnits: 0,
    stepUnits: 0,
    once: { n: 0, sum: 0n },
    inPeriod: { n: 0, sum: 0n },
    unitSums: { n: 0, y: 0n, d: 0n, yy: 0n, yd: 0n, dd: 0n, x: 0n, xx: 0n, xy: 0n, xd: 0n },
    excluded: { pinned: 0, excluded: 0, cancelled: 0, missing: 0, late: 0 },
  };
}

/** The sums of two disjoint sets of records (or of two windows). */
export function addSums(a: Sums, b: Sums): Sums {
  const binned = a.histogram ?? b.histogram;
  return {
    ...(binned && { histogram: addHistograms(a.histogram ?? {}, b.histogram ?? {}) }),
    ...addSeconds('decided', a, b),
    ...addSeconds('assigned', a, b),
    ...addSeconds('answered', a, b),
    n: a.n + b.n,
    sum: a.sum + b.sum,
    sumSquares: a.sumSquares + b.sumSquares,
    newUnits: a.newUnits + b.newUnits,
    stepUnits: a.stepUnits + b.stepUnits,
    once: addScopes(a.once, b.once),
    inPeriod: addScopes(a.inPeriod, b.inPeriod),
    unitSums: addUnitSums(a.unitSums, b.unitSums),
    excluded: addCounts(a.excluded, b.excluded),
  };
}

/** As evidence carries them: each amount the double nearest to it. */
export function toldSums(sums: Sums): Sums<number> {
  return mapAmounts(sums, fromFixed);
}

/** As JSON that loses nothing. */
export function packSums(sums: Sums): Sums<string> {
  return mapAmounts(sums, String);
}

export function unpackSums(packed: Sums<string>): Sums {
  return mapAmounts(packed, BigInt);
}

function mapAmounts<A, B>(sums: Sums<A>, change: (amount: A) => B): Sums<B> {
  const { n, covered, y, d, yy, yd, dd, x, xx, xy, xd } = sums.unitSums;
  const crossed = { yy: change(yy), yd: change(yd), dd: change(dd), xx: change(xx), xy: change(xy), xd: change(xd) };
  return {
    ...sums,
    sum: change(sums.sum),
    sumSquares: change(sums.sumSquares),
    once: mapScope(sums.once, change),
    inPeriod: mapScope(sums.inPeriod, change),
    unitSums: { n, ...(covered !== undefined && { covered }), y: change(y), d: change(d), x: change(x), ...crossed },
  };
}

function mapScope<A, B>({ n, sum, sumSquares, histogram }: ScopeSums<A>, change: (amount: A) => B): ScopeSums<B> {
  return {
    ...{ n, sum: change(sum) },
    ...(sumSquares !== undefined && { sumSquares: change(sumSquares) }),
    ...(histogram && { histogram: { ...histogram } }),
  };
}

function addSeconds(of: 'decided' | 'assigned' | 'answered', a: Sums, b: Sums): Partial<Sums> {
  return a[of] || b[of] ? { [of]: addHistograms(a[of] ?? {}, b[of] ?? {}) } : {};
}

function addScopes(a: ScopeSums, b: ScopeSums): ScopeSums {
  const squared = a.sumSquares !== undefined || b.sumSquares !== undefined;
  const total: ScopeSums = {
    ...{ n: a.n + b.n, sum: a.sum + b.sum },
    ...(squared && { sumSquares: (a.sumSquares ?? 0n) + (b.sumSquares ?? 0n) }),
  };
  if (!a.histogram && !b.histogram) return total;
  return { ...total, histogram: addHistograms(a.histogram ?? {}, b.histogram ?? {}) };
}

function addUnitSums(a: UnitSums, b: UnitSums): UnitSums {
  const covered = a.covered ?? b.covered;
  return {
    n: a.n + b.n,
    ...(covered !== undefined && { covered: (a.covered ?? 0) + (b.covered ?? 0) }),
    ...{ y: a.y + b.y, d: a.d + b.d, yy: a.yy + b.yy, yd: a.yd + b.yd, dd: a.dd + b.dd },
    ...{ x: a.x + b.x, xx: a.xx + b.xx, xy: a.xy + b.xy, xd: a.xd + b.xd },
  };
}

function addCounts(a: Record<Exclusion, number>, b: Record<Exclusion, number>): Record<Exclusion, number> {
  return {
    pinned: a.pinned + b.pinned,
    excluded: a.excluded + b.excluded,
    cancelled: a.cancelled + b.cancelled,
    missing: a.missing + b.missing,
    late: a.late + b.late,
  };
}
