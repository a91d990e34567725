// The sums of one evidence row, and how they add up.

/** Sums over firsts: of units in the rollout (once) or in the period. Histogram: count by latency bin. */
export interface ScopeSums {
  n: number;
  sum: number;
  histogram?: Record<string, number>;
}

/** Sums over units of their totals Y = sum h y, D = sum h and covariate X, each as the change made here. */
export interface UnitSums {
  n: number;
  y: number;
  d: number;
  yy: number;
  yd: number;
  dd: number;
  x: number;
  xx: number;
  xy: number;
  xd: number;
}

/** Why a record was seen and not counted. */
export type Exclusion = 'pinned' | 'excluded' | 'cancelled' | 'missing' | 'late';

export interface Sums {
  n: number;
  sum: number;
  sumSquares: number;
  newUnits: number;
  once: ScopeSums;
  inPeriod: ScopeSums;
  unitSums: UnitSums;
  excluded: Record<Exclusion, number>;
}

export function emptySums(): Sums {
  return {
    n: 0,
    sum: 0,
    sumSquares: 0,
    newUnits: 0,
    once: { n: 0, sum: 0 },
    inPeriod: { n: 0, sum: 0 },
    unitSums: { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 },
    excluded: { pinned: 0, excluded: 0, cancelled: 0, missing: 0, late: 0 },
  };
}

/** The sums of two disjoint sets of records (or of two windows). */
export function addSums(a: Sums, b: Sums): Sums {
  return {
    n: a.n + b.n,
    sum: a.sum + b.sum,
    sumSquares: a.sumSquares + b.sumSquares,
    newUnits: a.newUnits + b.newUnits,
    once: addScopes(a.once, b.once),
    inPeriod: addScopes(a.inPeriod, b.inPeriod),
    unitSums: addFields(a.unitSums, b.unitSums),
    excluded: addFields(a.excluded, b.excluded),
  };
}

function addScopes(a: ScopeSums, b: ScopeSums): ScopeSums {
  const total: ScopeSums = { n: a.n + b.n, sum: a.sum + b.sum };
  if (!a.histogram && !b.histogram) return total;
  const histogram: Record<string, number> = { ...a.histogram };
  for (const [bin, count] of Object.entries(b.histogram ?? {})) histogram[bin] = (histogram[bin] ?? 0) + count;
  return { ...total, histogram };
}

function addFields<T extends object>(a: T, b: T): T {
  const entries = Object.entries(a).map(([field, value]) => [field, Number(value) + Number(b[field as keyof T])]);
  return Object.fromEntries(entries) as T;
}
