// A unit's state as it is kept: there is one for each unit of a rollout, so it is as short as JSON allows.
import { type Fixed } from './fixed-point';
import { type UnitState, type UnitTotal } from './unit-state';

/** A whole number: text where a double could not hold it. */
type PackedAmount = number | string;

type PackedTotal = [arm: string, metric: string, n: number, y: PackedAmount, d: PackedAmount];
type PackedPeriod = [first: string, stage: string, last: number];
type PackedPast = [metric: string, value: PackedAmount];

/** Plain JSON. */
export type PackedUnit = [
  arm: string,
  epoch: number,
  /** 0: not kept. */
  segment: string | null | 0,
  totals: PackedTotal[],
  once: string[],
  periods: PackedPeriod[],
  past?: PackedPast[],
];

/** Loses nothing. */
export function packUnit({ arm, epoch, segment, totals, once, periods, past }: UnitState): PackedUnit {
  // each unit of a chunk comes through here: no more lists than are kept
  const [packedTotals, packedPeriods]: [PackedTotal[], PackedPeriod[]] = [[], []];
  for (const of of Object.keys(totals)) {
    const byMetric = totals[of] as Record<string, UnitTotal>;
    for (const metric of Object.keys(byMetric)) {
      const { n, y, d } = byMetric[metric] as UnitTotal;
      packedTotals.push([of, metric, n, amount(y), amount(d)]);
    }
  }
  for (const first of Object.keys(periods)) {
    const byStage = periods[first] as Record<string, number>;
    for (const stage of Object.keys(byStage)) packedPeriods.push([first, stage, byStage[stage] as number]);
  }
  const packed: PackedUnit = [arm, epoch, segment === undefined ? 0 : segment, packedTotals, once, packedPeriods];
  if (past) packed[6] = Object.entries(past).map(([metric, value]): PackedPast => [metric, amount(value)]);
  return packed;
}

/** Reads what packUnit wrote, and the object that was kept before there was this form. */
export function unpackUnit(kept: PackedUnit | UnitState<string>): UnitState {
  if (!Array.isArray(kept)) return fromNamed(kept);
  const [arm, epoch, segment, totals, once, periods, past] = kept;
  const state: UnitState = {
    ...{ arm, epoch, once, totals: {}, periods: {} },
    ...(segment !== 0 && { segment }),
    ...(past && { past: Object.fromEntries(past.map(([metric, value]) => [metric, BigInt(value)])) }),
  };
  for (const [of, metric, n, y, d] of totals) (state.totals[of] ??= {})[metric] = { n, y: BigInt(y), d: BigInt(d) };
  for (const [first, stage, last] of periods) (state.periods[first] ??= {})[stage] = last;
  return state;
}

function fromNamed({ arm, epoch, once, periods, totals }: UnitState<string>): UnitState {
  const state: UnitState = { arm, epoch, once, periods, totals: {} };
  for (const [of, byMetric] of Object.entries(totals)) {
    const found: UnitState['totals'][string] = (state.totals[of] = {});
    for (const [metric, { n, y, d }] of Object.entries(byMetric)) found[metric] = { n, y: BigInt(y), d: BigInt(d) };
  }
  return state;
}

function amount(fixed: Fixed): PackedAmount {
  const number = Number(fixed);
  return Number.isSafeInteger(number) ? number : String(fixed);
}
