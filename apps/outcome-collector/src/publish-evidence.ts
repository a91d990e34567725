// Publishes what windows hold, and closes windows that nothing was counted into any more.
import { randomUUID } from 'node:crypto';
import { attemptId, attemptOf } from './domain/decision';
import { evidenceOf } from './domain/evidence-row';
import { announce, closeWindow, published } from './open-books';
import { type RolloutClock, type Store, type Transactions, type Wake, type WindowRow } from './ports';
import { type RememberBooks, type RememberedBook } from './remember-books';

const rolloutsAtOnce = 50;

export class PublishEvidence {
  constructor(
    private readonly transactions: Transactions,
    private readonly publishEveryMs: number,
    private readonly remembered: RememberBooks,
    private readonly wake: Wake,
  ) {}

  /** One pass; the number of rows published. */
  async sweep(): Promise<number> {
    const count = await this.transactions.run(async (store) => {
      const clocks = await store.lockUnpublished(this.publishEveryMs, rolloutsAtOnce);
      if (clocks.length === 0) return 0;
      const nowMs = await store.nowMs();
      const known = new Map(clocks.map((clock) => [attemptId(clock), this.remembered.take(clock)]));
      const rows = await store.windowRows(clocks.filter((clock) => !known.get(attemptId(clock))));
      let total = 0;
      for (const clock of clocks) {
        const id = attemptId(clock);
        total += await this.publish(store, clock, known.get(id), rows.get(id) ?? [], nowMs);
      }
      return total;
    });
    if (count > 0) this.wake();
    return count;
  }

  private async publish(
    store: Store,
    clock: RolloutClock,
    known: RememberedBook | undefined,
    read: readonly WindowRow[],
    nowMs: number,
  ): Promise<number> {
    const { window } = clock;
    if (!window) return 0;
    const rows = known?.rows ?? read;
    const over = nowMs >= window.toMs;
    const open = over ? [] : rows.filter((row) => row.sequence > row.publishedSequence);
    const events = over
      ? closeWindow(clock, window, rows)
      : open.map((row) => evidenceOf(clock, window, row, undefined));
    const token = randomUUID();
    if (over) await store.dropWindowRows([clock]);
    await store.keepWindowRows(open.map((row) => ({ ...published(row), ...attemptOf(clock) })));
    await store.keepClocks([{ ...clock, token, publishedAtMs: nowMs }]);
    await store.publish(announce(events));
    if (known) this.remembered.keep(clock, { token, rows: over ? [] : rows.map(published), units: known.units });
    return events.length;
  }
}
