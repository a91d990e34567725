// Joins outcomes with the predictions they belong to: before, at once, late, twice, revised or for nothing.
import { type CountEvidence } from './count-evidence';
import { type Decision } from './domain/decision';
import { judgeOutcome } from './domain/judge-outcome';
import { type Metrics } from './domain/metrics';
import { receiptKey, receiptOf, type Incoming, type Receipt } from './domain/outcome';
import { repeatOf } from './domain/repeat-outcome';
import { type TallyChange } from './domain/tally';
import { type DecisionCache, type Store } from './ports';
import { metricsOf, settleOutcomes, type Arrival } from './settle-outcomes';

/** An outcome on its way to its state. */
interface Filed {
  readonly incoming: Incoming;
  readonly receipt: Receipt;
  readonly decision: Decision | undefined;
  /** The receipt whose place it takes. */
  readonly replaces?: Receipt;
}

export class JoinOutcomes {
  constructor(
    private readonly counter: CountEvidence,
    private readonly cache: DecisionCache,
  ) {}

  /** Before the transaction: what the cache knows. */
  recall(incoming: readonly Incoming[]): Promise<ReadonlyMap<string, Decision>> {
    return this.cache.find(unique(incoming.map(({ outcome }) => outcome.predictionId)));
  }

  /** Files each outcome under exactly one state; the receipts stand in the order of the outcomes. */
  async join(
    store: Store,
    incoming: readonly Incoming[],
    recalled: ReadonlyMap<string, Decision>,
  ): Promise<readonly Receipt[]> {
    const decisions = await completeDecisions(store, incoming, recalled);
    const metrics = await metricsOf(store, decisions.values());
    const judged = incoming.map((one) => judge(one, decisions.get(one.outcome.predictionId), metrics));
    const filed = await fileAll(store, judged);
    await this.settle(store, filed, metrics);
    await store.addReceipts(filed.map(({ receipt }) => receipt).filter(({ attempt }) => attempt > 0));
    await store.changeReceipts(filed.flatMap(({ replaces }) => (replaces ? [{ ...replaces, replaced: true }] : [])));
    await store.tally(filed.flatMap((one) => talliesOf(one, metrics)));
    return filed.map(({ receipt }) => receipt);
  }

  private async settle(store: Store, filed: readonly Filed[], metrics: Metrics): Promise<void> {
    const superseded = new Set(filed.map(({ replaces }) => replaces));
    const arrivals = filed.flatMap(({ receipt, decision }): Arrival[] => {
      if (!decision || receipt.state === 'duplicate') return [];
      const judged = { ...receipt, replaced: superseded.has(receipt) };
      return [{ receipt: judged, decision, metric: metrics.of(decision, receipt.metric) }];
    });
    if (arrivals.length === 0) return;
    const books = await this.counter.open(
      store,
      arrivals.map(({ decision }) => decision),
      metrics,
    );
    await settleOutcomes(store, books, arrivals, metrics);
    await books.close();
  }
}

async function completeDecisions(
  store: Store,
  incoming: readonly Incoming[],
  recalled: ReadonlyMap<string, Decision>,
): Promise<ReadonlyMap<string, Decision>> {
  const unknown = unique(incoming.map(({ outcome }) => outcome.predictionId)).filter((id) => !recalled.has(id));
  return new Map([...recalled, ...(unknown.length > 0 ? await store.decisions(unknown) : [])]);
}

/** As it would be filed if it were the first of its identity. */
function judge(incoming: Incoming, decision: Decision | undefined, metrics: Metrics): Filed {
  if (!decision) return { incoming, decision, receipt: receiptOf(incoming, 0, { state: 'pending' }) };
  const { outcome, arrivedAt } = incoming;
  const judgement = judgeOutcome(outcome, arrivedAt, decision, metrics.of(decision, outcome.metric));
  return { incoming, decision, receipt: receiptOf(incoming, 0, { ...judgement, model: decision.model }) };
}

/** Identities are claimed by inserting; those that somebody has are compared with what stands there. */
async function fileAll(store: Store, judged: readonly Filed[]): Promise<readonly Filed[]> {
  const firsts = new Map<string, Receipt>();
  for (const { receipt } of judged) if (!firsts.has(receiptKey(receipt))) firsts.set(receiptKey(receipt), receipt);
  const claimed = await store.claimIdentities([...firsts.values()]);
  const taken = [...firsts].filter(([key]) => !claimed.has(key)).map(([, receipt]) => receipt);
  const histories = new Map(taken.length > 0 ? await store.histories(taken) : []);
  return judged.map((one) => {
    const key = receiptKey(one.receipt);
    const history = histories.get(key) ?? [];
    const filed = history.length === 0 ? one : fileRepeat(one, history);
    histories.set(key, [...history, filed.receipt]);
    return filed;
  });
}

function fileRepeat(judged: Filed, history: readonly Receipt[]): Filed {
  const attempt = history.length;
  const repeat = repeatOf(history, judged.incoming.outcome);
  const model = judged.decision?.model;
  switch (repeat.kind) {
    case 'duplicate':
      return { ...judged, receipt: receiptOf(judged.incoming, attempt, { state: 'duplicate', model }) };
    case 'conflict':
      return {
        ...judged,
        receipt: receiptOf(judged.incoming, attempt, { state: 'rejected', reason: 'conflict', model }),
      };
    case 'first':
      return { ...judged, receipt: { ...judged.receipt, attempt } };
    case 'replaces': {
      // only what counts can take the place of what counts: a late or refused revision leaves it standing
      const takes = judged.receipt.state === 'joined' && repeat.head.state === 'joined';
      return { ...judged, receipt: { ...judged.receipt, attempt }, ...(takes ? { replaces: repeat.head } : {}) };
    }
  }
}

function talliesOf({ receipt, decision }: Filed, metrics: Metrics): TallyChange[] {
  const model = decision?.model ?? '';
  const state: TallyChange = { model, tallied: receipt.state, by: 1 };
  const unknown = decision && receipt.state === 'joined' && !metrics.of(decision, receipt.metric);
  return unknown ? [state, { model, tallied: 'unknown-metric', by: 1 }] : [state];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
