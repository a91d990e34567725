// Publishes what windows hold, and closes windows that nothing was counted into any more.
import { announce, closeWindow, published } from './count-evidence';
import { attemptId, attemptOf } from './domain/decision';
import { evidenceOf } from './domain/evidence-row';
import { type RolloutClock, type Store, type Transactions, type Wake, type WindowRow } from './ports';

const rolloutsAtOnce = 50;

export class PublishEvidence {
  constructor(
    private readonly transactions: Transactions,
    private readonly publishEveryMs: number,
    private readonly wake: Wake,
  ) {}

  /** One pass; the number of rows published. */
  async sweep(): Promise<number> {
    const count = await this.transactions.run(async (store) => {
      const clocks = await store.lockUnpublished(this.publishEveryMs, rolloutsAtOnce);
      if (clocks.length === 0) return 0;
      const nowMs = await store.nowMs();
      const rows = await store.windowRows(clocks);
      let total = 0;
      for (const clock of clocks) total += await publish(store, clock, rows.get(attemptId(clock)) ?? [], nowMs);
      return total;
    });
    if (count > 0) this.wake();
    return count;
  }
}

async function publish(store: Store, clock: RolloutClock, rows: readonly WindowRow[], nowMs: number): Promise<number> {
  const { window } = clock;
  if (!window) return 0;
  const over = nowMs >= window.toMs;
  const open = over ? [] : rows.filter((row) => row.sequence > row.publishedSequence);
  const events = over ? closeWindow(clock, window, rows) : open.map((row) => evidenceOf(clock, window, row, undefined));
  if (over) await store.dropWindowRows([clock]);
  await store.keepWindowRows(open.map((row) => ({ ...published(row), ...attemptOf(clock) })));
  await store.keepClocks([{ ...clock, publishedAtMs: nowMs }]);
  await store.publish(announce(events));
  return events.length;
}
