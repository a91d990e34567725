// What all windows so far say of one arm: shown beside a verdict, and read by confidence sequences.
import { addHistograms } from './counting/latency-bins';
import { type EvidenceRow, type UnitTotals } from './evidence-row';

export interface ArmTotals {
  readonly records: number;
  /** Sums over firsts in the rollout. */
  readonly firsts: { readonly n: number; readonly sum: number; readonly histogram: Readonly<Record<string, number>> };
  readonly unitSums: UnitTotals;
}

export const noTotals: ArmTotals = {
  records: 0,
  firsts: { n: 0, sum: 0, histogram: {} },
  unitSums: { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 },
};

export function addToTotals(totals: ArmTotals, row: EvidenceRow): ArmTotals {
  const { firsts, unitSums } = totals;
  return {
    records: totals.records + row.n,
    firsts: {
      n: firsts.n + row.once.n,
      sum: firsts.sum + row.once.sum,
      histogram: addHistograms(firsts.histogram, row.once.histogram ?? {}),
    },
    unitSums: {
      n: unitSums.n + row.unitSums.n,
      y: unitSums.y + row.unitSums.y,
      d: unitSums.d + row.unitSums.d,
      yy: unitSums.yy + row.unitSums.yy,
      yd: unitSums.yd + row.unitSums.yd,
      dd: unitSums.dd + row.unitSums.dd,
      x: unitSums.x + row.unitSums.x,
      xx: unitSums.xx + row.unitSums.xx,
      xy: unitSums.xy + row.unitSums.xy,
      xd: unitSums.xd + row.unitSums.xd,
    },
  };
}
