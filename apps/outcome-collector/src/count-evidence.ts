// Counts records into the open windows of their rollouts. One transaction at a time per rollout.
import { toRecord, type OutgoingRecord } from '@weir/bus';
import { evidence, type Evidence } from '@weir/contracts';
import {
  countExcluded,
  countPrediction,
  countValue,
  openBook,
  rowId,
  type Book,
  type Exclusion,
  type UnitState,
  type ValueChange,
} from '@weir/stats';
import {
  attemptId,
  attemptOf,
  exposureOf,
  inRollout,
  servedOf,
  type Decision,
  type RolloutAttempt,
  type RolloutDecision,
} from './domain/decision';
import { evidenceOf } from './domain/evidence-row';
import { periodAt, windowAt, type EvidenceWindow } from './domain/evidence-window';
import { type EvidenceStore, type RolloutClock, type Store, type WindowRow } from './ports';

/** What counting needs of a transaction. */
export type CountingStore = EvidenceStore & Pick<Store, 'publish'>;

interface OpenRollout {
  readonly clock: RolloutClock;
  readonly window: EvidenceWindow;
  readonly book: Book;
  /** Rows of the window that is over, to be closed. */
  readonly over: readonly WindowRow[];
  /** Rows of the open window, as they were. */
  readonly before: ReadonlyMap<string, WindowRow>;
}

export class CountEvidence {
  /** Open windows are published at most this often; the sweep publishes the rest. */
  constructor(private readonly publishEveryMs: number) {}

  /** Locks the rollouts of these decisions. What must be read under the lock is read after this. */
  async open(store: CountingStore, decisions: readonly Decision[]): Promise<OpenBooks> {
    const taking = decisions.filter(inRollout);
    const wanted = new Map(
      taking.map((decision) => [attemptId(attemptOf(decision)), { ...attemptOf(decision), model: decision.model }]),
    );
    const clocks = await store.lockRollouts([...wanted.values()]);
    const nowMs = await store.nowMs();
    if (clocks.length === 0) return new OpenBooks(store, nowMs, new Map(), this.publishEveryMs);
    const rows = await store.windowRows(clocks);
    const units = await store.units(unitsOf(taking));
    const books = new Map(
      clocks.map((clock) => {
        const id = attemptId(clock);
        return [id, openRollout(clock, nowMs, rows.get(id) ?? [], units.get(id) ?? [])];
      }),
    );
    return new OpenBooks(store, nowMs, books, this.publishEveryMs);
  }
}

export class OpenBooks {
  /** The instant of counting, by the database's clock. */
  readonly countedAt: string;

  constructor(
    private readonly store: CountingStore,
    private readonly nowMs: number,
    private readonly rollouts: ReadonlyMap<string, OpenRollout>,
    private readonly publishEveryMs: number,
  ) {
    this.countedAt = new Date(nowMs).toISOString();
  }

  prediction(decision: RolloutDecision): void {
    this.count(decision, (book, exposure) => countPrediction(book, exposure, servedOf(decision)));
  }

  value(decision: RolloutDecision, change: ValueChange): void {
    this.count(decision, (book, exposure) => countValue(book, exposure, change));
  }

  excluded(decision: RolloutDecision, metric: string, reason: Exclusion): void {
    this.count(decision, (book, exposure) => countExcluded(book, exposure, metric, reason));
  }

  async close(): Promise<void> {
    for (const open of this.rollouts.values()) {
      const attempt = attemptOf(open.clock);
      const units = [...open.book.touchedUnits].flatMap((unit) => {
        const state = open.book.units.get(unit);
        return state ? [{ ...attempt, unit, state }] : [];
      });
      await this.store.keepUnits(units);
      await this.closeRollout(attempt, open);
    }
  }

  private async closeRollout(
    attempt: RolloutAttempt,
    { clock, window, book, over, before }: OpenRollout,
  ): Promise<void> {
    const due = this.nowMs - clock.publishedAtMs >= this.publishEveryMs;
    const rows = [...book.rows].map(([id, row]): WindowRow => {
      const { sequence = 0, publishedSequence = 0 } = before.get(id) ?? {};
      return { ...row, sequence: sequence + Number(book.touchedRows.has(id)), publishedSequence };
    });
    const unpublished = due ? rows.filter((row) => row.sequence > row.publishedSequence) : [];
    const finals = clock.window ? closeWindow(clock, clock.window, over) : [];
    const events = unpublished.map((row) => evidenceOf(clock, window, row, undefined));
    const changed = due ? unpublished.map(published) : rows.filter((row) => book.touchedRows.has(rowId(row.key)));
    if (over.length > 0) await this.store.dropWindowRows([attempt]);
    await this.store.keepWindowRows(changed.map((row) => ({ ...row, ...attempt })));
    await this.store.keepClocks([{ ...clock, window, publishedAtMs: due ? this.nowMs : clock.publishedAtMs }]);
    await this.store.publish(announce([...finals, ...events]));
  }

  private count(
    decision: RolloutDecision,
    record: (book: Book, exposure: ReturnType<typeof exposureOf>) => void,
  ): void {
    const open = this.rollouts.get(attemptId(attemptOf(decision)));
    if (!open) throw new Error(`the book of ${decision.rollout} is not open`);
    const period = periodAt(open.clock.stages[String(decision.stage ?? 0)], this.nowMs);
    record(open.book, exposureOf(decision, period));
  }
}

/** The last word on each row of a window that is over. */
export function closeWindow(clock: RolloutClock, window: EvidenceWindow, rows: readonly WindowRow[]): Evidence[] {
  return rows.map((row) => evidenceOf(clock, window, row, rows.length));
}

export function published(row: WindowRow): WindowRow {
  return { ...row, publishedSequence: row.sequence };
}

export function announce(events: readonly Evidence[]): OutgoingRecord[] {
  return events.map((event) => toRecord(evidence, event, { source: 'outcome-collector' }));
}

function openRollout(
  clock: RolloutClock,
  nowMs: number,
  rows: readonly WindowRow[],
  units: readonly (readonly [string, UnitState])[],
): OpenRollout {
  const window = windowAt(nowMs, clock.windowMs, clock.window);
  const goesOn = window.index === clock.window?.index;
  const open = goesOn ? rows : [];
  return {
    ...{ clock, window, over: goesOn ? [] : rows },
    before: new Map(open.map((row) => [rowId(row.key), row])),
    book: openBook(
      units,
      open.map(({ key, sums }) => ({ key, sums })),
    ),
  };
}

function unitsOf(decisions: readonly RolloutDecision[]): (RolloutAttempt & { unit: string })[] {
  const wanted = new Map<string, RolloutAttempt & { unit: string }>();
  for (const decision of decisions) {
    const { unit } = decision;
    const attempt = attemptOf(decision);
    if (unit !== undefined) wanted.set(`${attemptId(attempt)} ${unit}`, { ...attempt, unit });
  }
  return [...wanted.values()];
}
