// What all windows so far say of one thing that is counted of pairs, or of one of its segments.
import { type EvidenceRow, type UnitTotals } from './evidence-row';

export interface PairTotals {
  /** Pairs, and the sums of their values. */
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The same of units' first pairs; a pair without a unit is its own. */
  readonly firsts: { readonly n: number; readonly sum: number; readonly sumSquares: number };
  readonly units: UnitTotals;
}

export const noPairTotals: PairTotals = {
  ...{ n: 0, sum: 0, sumSquares: 0 },
  firsts: { n: 0, sum: 0, sumSquares: 0 },
  units: { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 },
};

export function addPairTotals(totals: PairTotals, row: EvidenceRow & { readonly sumSquares: number }): PairTotals {
  const { firsts, units } = totals;
  const { once, unitSums } = row;
  return {
    n: totals.n + row.n,
    sum: totals.sum + row.sum,
    sumSquares: totals.sumSquares + row.sumSquares,
    firsts: {
      n: firsts.n + once.n,
      sum: firsts.sum + once.sum,
      sumSquares: firsts.sumSquares + (once.sumSquares ?? 0),
    },
    units: {
      n: units.n + unitSums.n,
      y: units.y + unitSums.y,
      d: units.d + unitSums.d,
      yy: units.yy + unitSums.yy,
      yd: units.yd + unitSums.yd,
      dd: units.dd + unitSums.dd,
      ...{ x: 0, xx: 0, xy: 0, xd: 0 },
    },
  };
}

/** Units that came again: their pairs are not so many independent observations. */
export function hasRepeats({ n, firsts }: PairTotals): boolean {
  return n > firsts.n;
}
