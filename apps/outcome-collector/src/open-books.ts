// The books of rollouts while records are counted into them, from the lock of their clocks to the end of the transaction.
import { randomUUID } from 'node:crypto';
import { toRecord, type OutgoingRecord } from '@weir/bus';
import { admitSegment, evidence, segmentOf, type Evidence } from '@weir/contracts';
import {
  countExcluded,
  countLeft,
  countPart,
  countPrediction,
  countValue,
  rowId,
  type Book,
  type Exclusion,
  type PartChange,
  type UnitState,
  type ValueChange,
} from '@weir/stats';
import {
  attemptId,
  attemptOf,
  exposureOf,
  servedOf,
  type Decision,
  type RolloutAttempt,
  type RolloutDecision,
} from './domain/decision';
import { evidenceOf } from './domain/evidence-row';
import { periodAt, type EvidenceWindow, type StageClock } from './domain/evidence-window';
import { type PastChange, type PastsOfUnits } from './pasts-of-units';
import { type EvidenceStore, type HistoryStore, type RolloutClock, type Store, type WindowRow } from './ports';
import { type RememberBooks } from './remember-books';

/** What counting needs of a transaction. */
export type CountingStore = EvidenceStore & HistoryStore & Pick<Store, 'publish'>;

export interface OpenRollout {
  readonly clock: RolloutClock;
  readonly window: EvidenceWindow;
  readonly book: Book;
  /** Rows of the window that is over, to be closed. */
  readonly over: readonly WindowRow[];
  /** Rows of the open window, as they were. */
  readonly before: ReadonlyMap<string, WindowRow>;
  /** Those told of in the attempt, in the order of their coming. */
  readonly segments: string[];
  /** Units that were known without asking. */
  readonly remembered: Map<string, UnitState>;
}

export class OpenBooks {
  /** The instant of counting, by the database's clock. */
  readonly countedAt: string;

  constructor(
    private readonly store: CountingStore,
    private readonly nowMs: number,
    private readonly rollouts: ReadonlyMap<string, OpenRollout>,
    private readonly pasts: PastsOfUnits,
    private readonly options: { readonly publishEveryMs: number; readonly remembered: RememberBooks },
  ) {
    this.countedAt = new Date(nowMs).toISOString();
  }

  prediction(decision: RolloutDecision): void {
    this.count(decision, (book, exposure) => countPrediction(book, exposure, servedOf(decision)));
  }

  value(decision: RolloutDecision, change: ValueChange): void {
    const { decidedSecond } = servedOf(decision);
    this.count(decision, (book, exposure) => countValue(book, exposure, { ...change, decidedSecond }));
  }

  /** Was it decided by a bandit? */
  isOfBandit(decision: RolloutDecision): boolean {
    const stages = this.rollouts.get(attemptId(attemptOf(decision)))?.clock.stages;
    return stages?.[String(decision.stage ?? 0)]?.isBandit === true;
  }

  /** Of a ratio. */
  part(decision: RolloutDecision, change: PartChange): void {
    this.count(decision, (book, exposure) => countPart(book, exposure, change));
  }

  /** Of a decision in which no arms are compared: what a later rollout will know of its unit. */
  past(decision: Decision, change: PastChange): void {
    this.pasts.add(decision, change);
  }

  excluded(decision: RolloutDecision, metric: string, reason: Exclusion): void {
    this.count(decision, (book, exposure) => {
      countExcluded(book, exposure, metric, reason);
      if (reason === 'cancelled' && metric === 'error-rate')
        countLeft(book, exposure, servedOf(decision).decidedSecond);
    });
  }

  async close(): Promise<void> {
    for (const open of this.rollouts.values()) {
      const attempt = attemptOf(open.clock);
      const units = [...open.book.touchedUnits].flatMap((unit) => {
        const state = open.book.units.get(unit);
        return state ? [{ unit, state }] : [];
      });
      await this.store.keepUnits(attempt, units);
      await this.closeRollout(attempt, open);
    }
    await this.pasts.close();
  }

  private async closeRollout(attempt: RolloutAttempt, open: OpenRollout): Promise<void> {
    const { clock, window, book, over } = open;
    const due = this.nowMs - clock.publishedAtMs >= this.options.publishEveryMs;
    const rows = rowsOf(open);
    const unpublished = due ? rows.filter((row) => row.sequence > row.publishedSequence) : [];
    const finals = clock.window ? closeWindow(clock, clock.window, over) : [];
    const events = unpublished.map((row) => evidenceOf(clock, window, row, undefined));
    const changed = due ? unpublished.map(published) : rows.filter((row) => book.touchedRows.has(rowId(row.key)));
    const token = randomUUID();
    if (over.length > 0) await this.store.dropWindowRows([attempt]);
    await this.store.keepWindowRows(changed.map((row) => ({ ...row, ...attempt })));
    const publishedAtMs = due ? this.nowMs : clock.publishedAtMs;
    await this.store.keepClocks([{ ...clock, window, token, publishedAtMs, segments: open.segments }]);
    await this.store.publish(announce([...finals, ...events]));
    this.options.remembered.keep(attempt, { token, rows: due ? rows.map(published) : rows, units: latestLast(open) });
  }

  private count(
    decision: RolloutDecision,
    record: (book: Book, exposure: ReturnType<typeof exposureOf>) => void,
  ): void {
    const open = this.rollouts.get(attemptId(attemptOf(decision)));
    if (!open) throw new Error(`the book of ${decision.rollout} is not open`);
    const stage = open.clock.stages[String(decision.stage ?? 0)];
    const exposure = exposureOf(decision, periodAt(stage, this.nowMs), segmentIn(open, decision, stage));
    record(open.book, exposure);
  }
}

/** A unit stays in the segment of its first prediction: its squares cannot be cut in two. */
function segmentIn({ book, segments }: OpenRollout, decision: RolloutDecision, stage: StageClock | undefined) {
  const own = decision.unit === undefined ? undefined : book.units.get(decision.unit)?.segment;
  if (own !== undefined) return own;
  const segment = segmentOf(stage?.segments ?? [], decision);
  return segment === undefined ? null : admitSegment(segments, segment);
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

function rowsOf({ book, before }: OpenRollout): WindowRow[] {
  return [...book.rows].map(([id, row]) => {
    const { sequence = 0, publishedSequence = 0 } = before.get(id) ?? {};
    return { ...row, sequence: sequence + Number(book.touchedRows.has(id)), publishedSequence };
  });
}

/** What was counted now is the last to be forgotten. */
function latestLast({ remembered, book }: OpenRollout): Map<string, UnitState> {
  for (const [unit, state] of book.units) {
    remembered.delete(unit);
    remembered.set(unit, state);
  }
  return remembered;
}
