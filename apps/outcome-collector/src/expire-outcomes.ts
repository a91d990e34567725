// What time does to outcomes: zero metrics are counted when their time is over, pending outcomes become orphans, missed matches are made.
import { type OutcomeJoined } from '@weir/contracts';
import { type CountEvidence } from './count-evidence';
import { countValue } from './count-value';
import { combineValues } from './domain/combine-values';
import { inRollout, type Decision } from './domain/decision';
import { joinedEvent } from './domain/joined-event';
import { type Metrics } from './domain/metrics';
import { type Receipt } from './domain/outcome';
import { type TallyChange } from './domain/tally';
import { type LookBack } from './look-back';
import { matchPending, matchTallies } from './match-pending';
import { type OpenBooks } from './open-books';
import { type AppliedUpTo, type Maturity, type Store, type Transactions, type Wake } from './ports';
import { announceJoined, metricsOf, settleOutcomes } from './settle-outcomes';

/** An outcome of a metric that no model declares waits this long for its prediction. */
const defaultWithinMs = 600_000;
const atOnce = 500;

export class ExpireOutcomes {
  constructor(
    private readonly transactions: Transactions,
    private readonly counter: CountEvidence,
    /** Nothing expires that may wait in Kafka: an outage of ours is nobody's missing click. */
    private readonly applied: AppliedUpTo,
    private readonly wake: Wake,
    private readonly lookBack: LookBack,
  ) {}

  /** One pass over everything that is due; the number of outcomes and predictions concerned. */
  async sweep(): Promise<number> {
    let total = await this.lookBack.take((reachMs) => this.drain((store) => this.matchMissed(store, reachMs)));
    const upToMs = await this.applied.instantMs();
    if (upToMs !== undefined) {
      total += await this.drain((store) => this.countMature(store, upToMs));
      total += await this.drain((store) => this.orphan(store, upToMs));
    }
    if (total > 0) this.wake();
    return total;
  }

  private async drain(pass: (store: Store) => Promise<number>): Promise<number> {
    for (let total = 0; ;) {
      const count = await this.transactions.run(pass);
      total += count;
      if (count < atOnce) return total;
    }
  }

  /** An outcome and its prediction in two transactions at the same time do not see each other. What is found too late for this is looked at before it is orphaned. */
  private async matchMissed(store: Store, reachMs: number): Promise<number> {
    const waiting = await store.missedMatches(reachMs, atOnce);
    if (waiting.length === 0) return 0;
    const decisions = await store.decisions([...new Set(waiting.map(({ predictionId }) => predictionId))]);
    await this.match(store, waiting, decisions);
    return waiting.length;
  }

  private async match(
    store: Store,
    waiting: readonly Receipt[],
    decisions: ReadonlyMap<string, Decision>,
  ): Promise<void> {
    const metrics = await metricsOf(store, decisions.values());
    const matched = matchPending(waiting, decisions, metrics);
    const books = await this.counter.open(
      store,
      matched.map(({ decision }) => decision),
      metrics,
    );
    const settled = await settleOutcomes(store, books, matched, metrics);
    await store.changeReceipts(settled.map(({ receipt }) => receipt));
    await books.close();
    await store.tally(matchTallies(waiting, matched));
  }

  /** A last look for the prediction before the outcome is given up. */
  private async orphan(store: Store, upToMs: number): Promise<number> {
    const within = await store.withinMsByMetric();
    const before = (withinMs: number) => new Date(upToMs - withinMs).toISOString();
    const byMetric = Object.fromEntries([...within].map(([metric, withinMs]) => [metric, before(withinMs)]));
    const overdue = await store.overdue({ default: before(defaultWithinMs), byMetric }, atOnce);
    if (overdue.length === 0) return 0;
    const decisions = await store.decisions([...new Set(overdue.map(({ predictionId }) => predictionId))]);
    if (decisions.size > 0) await this.match(store, await store.unmatched([...decisions.keys()]), decisions);
    const orphans = overdue.filter(({ predictionId }) => !decisions.has(predictionId));
    await store.changeReceipts(orphans.map((receipt) => ({ ...receipt, state: 'orphan' })));
    await store.tally(orphans.flatMap(() => orphanTallies));
    return overdue.length;
  }

  /** Hits and misses alike: counting hits as they come would favour whichever arm grows. */
  private async countMature(store: Store, upToMs: number): Promise<number> {
    const due = await store.due(new Date(upToMs).toISOString(), atOnce);
    if (due.length === 0) return 0;
    const decisions = await store.decisions([...new Set(due.map(({ predictionId }) => predictionId))]);
    const metrics = await metricsOf(store, decisions.values());
    const books = await this.counter.open(store, [...decisions.values()], metrics);
    const standing = byPair(await store.standing(due));
    const events = due.flatMap((maturity) => {
      const decision = decisions.get(maturity.predictionId);
      return decision ? mature(books, decision, maturity, standing.get(pairOf(maturity)) ?? [], metrics) : [];
    });
    await announceJoined(store, events);
    await store.matured(due);
    await books.close();
    return due.length;
  }
}

function mature(
  books: OpenBooks,
  decision: Decision,
  { metric }: Maturity,
  standing: readonly Receipt[],
  metrics: Metrics,
): OutcomeJoined[] {
  const definition = metrics.of(decision, metric);
  if (!definition || !inRollout(decision)) return [];
  const items = new Map<number | undefined, Receipt[]>();
  // two revisions that crossed each other may both stand: the later one counts
  for (const receipt of new Map(standing.map((each) => [each.identity, each])).values())
    items.set(receipt.item, [...(items.get(receipt.item) ?? []), receipt]);
  if (items.size === 0) {
    countValue(books, metrics, decision, { metric, before: undefined, after: 0 });
    return [joinedEvent(decision, { state: 'expired', metric }, books.countedAt)];
  }
  return [...items.values()].flatMap((receipts) => {
    const value =
      combineValues(
        definition,
        receipts.map(({ counted = 0 }) => counted),
      ) ?? 0;
    countValue(books, metrics, decision, { metric, before: undefined, after: value });
    const last = receipts.at(-1);
    return last ? [joinedEvent(decision, { state: 'joined', receipt: last, value }, books.countedAt)] : [];
  });
}

const orphanTallies: readonly TallyChange[] = [
  { model: '', tallied: 'pending', by: -1 },
  { model: '', tallied: 'orphan', by: 1 },
];

function pairOf({ predictionId, metric }: Pick<Maturity, 'predictionId' | 'metric'>): string {
  return `${predictionId} ${metric}`;
}

function byPair(receipts: readonly Receipt[]): Map<string, Receipt[]> {
  const pairs = new Map<string, Receipt[]>();
  for (const receipt of receipts) pairs.set(pairOf(receipt), [...(pairs.get(pairOf(receipt)) ?? []), receipt]);
  return pairs;
}
