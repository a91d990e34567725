// What all windows so far say of one arm: shown beside a verdict, and read by confidence sequences.
import { addHistograms } from './counting/latency-bins';
import { type EvidenceRow, type UnitTotals } from './evidence-row';
import { addUnitTotals, noUnitTotals } from './unit-totals';

export interface ArmTotals {
  readonly records: number;
  /** Sums over firsts in the rollout. */
  readonly firsts: { readonly n: number; readonly sum: number; readonly histogram: Readonly<Record<string, number>> };
  readonly unitSums: UnitTotals;
}

export const noTotals: ArmTotals = {
  records: 0,
  firsts: { n: 0, sum: 0, histogram: {} },
  unitSums: noUnitTotals,
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
    unitSums: addUnitTotals(unitSums, row.unitSums),
  };
}
