// Units by the second in which they were decided, kept until the slowest arm has been told of: an arm that answers in two seconds would
// seem to have lost two seconds of units to one that answers at once, whenever weights change.
import { addUnits, allocationsOf, type Allocation, type Told } from './allocations';
import { type EvidenceRow } from './evidence-row';

/** By second. Plain JSON. */
export type AwaitedUnits = Readonly<Record<string, Awaited>>;

interface Awaited {
  /** The second at which the first window ended that told of it. Not the decision's: clocks of routers may differ. */
  readonly since: number;
  /** By the text of the shares. */
  readonly told: Readonly<Record<string, Allocation>>;
}

/** @param rows of one window. `settled`: what no longer waits, by second, in an order that rows cannot change. */
export function awaitUnits(
  before: AwaitedUnits,
  rows: readonly EvidenceRow[],
  settleSeconds: number,
): { readonly awaited: AwaitedUnits; readonly settled: readonly (readonly Told[])[] } {
  const now = endOf(rows);
  const awaited = new Map(Object.entries(before));
  for (const [second, told] of bySecond(rows)) {
    const { since = now, told: known = {} } = awaited.get(second) ?? {};
    const sum = { ...known };
    for (const [text, allocation] of allocationsOf(told)) {
      const held = sum[text];
      sum[text] = held ? addUnits(held, allocation.units) : allocation;
    }
    awaited.set(second, { since, told: sum });
  }
  const due = [...awaited].filter(([, { since }]) => now >= since + settleSeconds);
  for (const [second] of due) awaited.delete(second);
  return {
    awaited: Object.fromEntries(awaited),
    settled: due
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, { told }]) => Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Seconds since the epoch; where no end is told, windows are taken to be a second each. */
function endOf(rows: readonly EvidenceRow[]): number {
  const { index = 0, to } = rows[0]?.window ?? {};
  return to === undefined ? index : Math.floor(Date.parse(to) / 1_000);
}

function bySecond(rows: readonly EvidenceRow[]): Map<string, { row: EvidenceRow; units: number }[]> {
  const found = new Map<string, { row: EvidenceRow; units: number }[]>();
  for (const row of rows)
    for (const [second, units] of Object.entries(row.decided ?? {}))
      found.set(second, [...(found.get(second) ?? []), { row, units }]);
  return found;
}
