// Sums that come arm by arm, put together as pairs of a baseline and a candidate.
import { addUnitTotals, noUnitTotals, type ArmPair, type UnitTotals } from '@weir/stats';

interface OfArm {
  readonly arm: string;
}

/** By key, in the order in which the keys first come. Where an arm has no row it is `none`. */
export function pairUp<T extends OfArm, K>(
  rows: readonly T[],
  keyOf: (row: T) => K,
  { baseline, candidate }: ArmPair<string>,
  none: T,
): { key: K; pair: ArmPair<T> }[] {
  const keys = [...new Set(rows.map(keyOf))];
  return keys.map((key) => {
    const of = (arm: string): T => rows.find((row) => row.arm === arm && keyOf(row) === key) ?? none;
    return { key, pair: { baseline: of(baseline), candidate: of(candidate) } };
  });
}

/** All rows of each arm together. */
export function sumUnits(rows: readonly (UnitTotals & OfArm)[], arms: ArmPair<string>): ArmPair<UnitTotals> {
  const of = (arm: string): UnitTotals =>
    rows.filter((row) => row.arm === arm).reduce<UnitTotals>(addUnitTotals, noUnitTotals);
  return { baseline: of(arms.baseline), candidate: of(arms.candidate) };
}
