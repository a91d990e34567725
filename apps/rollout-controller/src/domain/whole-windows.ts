// Which windows of an attempt have come whole: a final row says how many there are of its window.
import { type Evidence } from '@weir/contracts';

/** All final rows of one window of an attempt. */
export interface WholeWindow {
  readonly index: number;
  /** ISO instant of its end. */
  readonly to: string;
  readonly rows: readonly Evidence[];
}

/** @param rows final rows of one attempt, ordered by window. Up to the first window that has not come whole: a later one has to wait. */
export function wholeWindows(rows: readonly Evidence[]): WholeWindow[] {
  const byIndex = new Map<number, Evidence[]>();
  for (const row of rows) byIndex.set(row.window.index, [...(byIndex.get(row.window.index) ?? []), row]);
  const windows = [...byIndex.values()];
  const broken = windows.findIndex((held) => held.length < rowsOf(held));
  return (broken < 0 ? windows : windows.slice(0, broken)).flatMap((held) => {
    const [first] = held;
    return first ? [{ index: first.window.index, to: first.window.to, rows: held }] : [];
  });
}

/** Without a number nobody can know. */
function rowsOf(held: readonly Evidence[]): number {
  return held[0]?.window.rows ?? Infinity;
}
