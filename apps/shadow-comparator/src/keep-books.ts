// The books of evidence: the window that is open, the units in it, and what is told when it is over.
import { toRecord } from '@weir/bus';
import { evidence, type Evidence } from '@weir/contracts';
import { openBook, type Book, type UnitState } from '@weir/stats';
import { evidenceOf, windowAt } from './domain/evidence-window';
import { type BinsOf } from './domain/profile-bins';
import { type KeptBook, type RolloutAttempt, type Store } from './ports';

export const source = 'shadow-comparator';

/** Counts what `add` adds into the window of this instant; the one before it is told. */
export async function countInto(
  store: Store,
  kept: KeptBook,
  { nowMs, windowMs, binsOf }: { nowMs: number; windowMs: number; binsOf: BinsOf },
  units: ReadonlyMap<string, UnitState>,
  add: (book: Book) => void,
): Promise<void> {
  // a window without rows was closed: whatever the clock says, what is counted now belongs to a later one
  const leastMs = kept.rows.length === 0 ? (kept.window?.toMs ?? 0) : 0;
  const window = windowAt(Math.max(nowMs, leastMs), windowMs, kept.window);
  const goesOn = window.index === kept.window?.index;
  const book = openBook(units, goesOn ? kept.rows : []);
  add(book);
  if (!goesOn && kept.window) await store.publish(announce(evidenceOf(kept, kept.window, kept.rows, binsOf)));
  const changed = new Map<string, UnitState>();
  for (const id of book.touchedUnits) {
    const state = book.units.get(id);
    if (state) changed.set(id, state);
  }
  await store.keepUnits(kept, changed);
  await store.keepBooks([{ ...kept, version: kept.version + 1, window, rows: [...book.rows.values()] }]);
}

export function announce(rows: readonly Evidence[]): ReturnType<typeof toRecord>[] {
  return rows.map((row) => toRecord(evidence, row, { source }));
}

export function attemptOf({ rollout, attempt = 1 }: { rollout: string; attempt?: number | undefined }): RolloutAttempt {
  return { rollout, attempt };
}
