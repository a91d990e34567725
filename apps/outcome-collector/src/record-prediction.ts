// Records decisions: the first record of a prediction counts, and what waited for it is joined.
import { RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { type Metric, type PolicyPublished, type PredictionServed } from '@weir/contracts';
import { type AwaitPolicy } from './await-policy';
import { type CountEvidence } from './count-evidence';
import { countAwaited, countValue } from './count-value';
import { outputSource } from './domain/answer-outputs';
import { decisionOf, exclusionOf, inRollout, type Decision } from './domain/decision';
import { metricsIn, type Metrics } from './domain/metrics';
import { undatable } from './domain/prediction-day';
import { type TallyChange } from './domain/tally';
import { matchPending, matchTallies } from './match-pending';
import { type OpenBooks } from './open-books';
import { type Days, type DecisionCache, type Maturity, type Store, type Transactions, type Wake } from './ports';
import { countsAtMaturity, settleOutcomes } from './settle-outcomes';

export class RecordPredictions {
  constructor(
    private readonly transactions: Transactions,
    private readonly counter: CountEvidence,
    private readonly awaitPolicy: AwaitPolicy,
    private readonly cache: DecisionCache,
    private readonly days: Days,
    private readonly wake: Wake,
    private readonly options: { readonly retentionDays: number; readonly nowMs: () => number },
  ) {}

  async record(chunk: Chunk<PredictionServed>): Promise<void> {
    this.refuseUndatable(chunk);
    await this.days.forPredictions(chunk.records.map(({ event }) => event));
    let recorded: readonly Decision[] = [];
    await this.transactions.once(chunk, async (store, fresh) => {
      recorded = await this.recordFresh(store, fresh);
    });
    if (recorded.length === 0) return;
    this.wake();
    await this.cache.remember(recorded);
  }

  private refuseUndatable({ records }: Chunk<PredictionServed>): void {
    const { retentionDays, nowMs } = this.options;
    const refusals = records.flatMap(({ event, record }) => {
      const message = undatable(Date.parse(event.servedAt), nowMs(), retentionDays);
      return message === undefined ? [] : [{ record, code: 'undatable', message }];
    });
    if (refusals.length > 0) throw new RefusedRecords(refusals);
  }

  private async recordFresh(store: Store, fresh: readonly Received<PredictionServed>[]): Promise<readonly Decision[]> {
    const policies = await this.awaitPolicy.policiesOf(store, fresh);
    const firsts = new Map<string, Decision>();
    for (const { event } of fresh)
      if (!firsts.has(event.predictionId))
        firsts.set(event.predictionId, decisionOf(event, metricsOfModel(policies, event.model)));
    const added = await store.addPredictions([...firsts.values()]);
    const decisions = [...firsts.values()].filter(({ predictionId }) => added.has(predictionId));
    await this.count(store, decisions, policies);
    await store.tally(talliesOf(fresh, added));
    return decisions;
  }

  private async count(store: Store, decisions: readonly Decision[], policies: Policies): Promise<void> {
    if (decisions.length === 0) return;
    const byId = new Map(decisions.map((decision) => [decision.predictionId, decision]));
    const metrics = metricsIn(policies);
    const waiting = await store.unmatched([...byId.keys()]);
    await store.awaitMaturity(
      decisions.flatMap((decision) => maturitiesOf(decision, metricsOfModel(policies, decision.model))),
    );
    const matched = matchPending(waiting, byId, metrics);
    const books = await this.counter.open(store, decisions, metrics);
    for (const decision of decisions) countDecision(books, decision, metrics);
    const settled = await settleOutcomes(store, books, matched, metrics);
    await store.changeReceipts(settled.map(({ receipt }) => receipt));
    await books.close();
    await store.tally(matchTallies(waiting, matched));
  }
}

type Policies = ReadonlyMap<string, PolicyPublished>;

function metricsOfModel(policies: Policies, model: string): Readonly<Record<string, Metric>> {
  return policies.get(model)?.metrics ?? {};
}

function countDecision(books: OpenBooks, decision: Decision, metrics: Metrics): void {
  const exclusion = exclusionOf(decision);
  if (inRollout(decision)) {
    if (exclusion) return books.excluded(decision, 'error-rate', exclusion);
    books.prediction(decision);
  } else countAwaited(books, metrics, decision);
  for (const name of metrics.namesOf(decision)) {
    const definition = metrics.of(decision, name);
    if (definition?.type === 'output') countOutput(books, metrics, decision, name, definition);
  }
}

/** The mean over the items of the answer; labels are shown elsewhere, they have no mean. */
function countOutput(
  books: OpenBooks,
  metrics: Metrics,
  decision: Decision,
  metric: string,
  definition: Extract<Metric, { type: 'output' }>,
): void {
  const values = decision.outputs[outputSource(definition)];
  if (!values) {
    if (inRollout(decision)) books.excluded(decision, metric, 'missing');
    return;
  }
  const numbers = values
    .map(Number)
    .filter((value, item) => typeof values[item] !== 'string' && values[item] !== null && Number.isFinite(value));
  if (numbers.length === 0) return;
  const mean = numbers.reduce((total, value) => total + value, 0) / numbers.length;
  countValue(books, metrics, decision, { metric, before: undefined, after: mean });
}

function maturitiesOf(decision: Decision, metrics: Readonly<Record<string, Metric>>): Maturity[] {
  return Object.entries(metrics).flatMap(([metric, definition]) => {
    if (definition.type === 'output' || !countsAtMaturity(decision, definition)) return [];
    const dueAt = new Date(Date.parse(decision.servedAt) + definition.withinMs).toISOString();
    return [{ predictionId: decision.predictionId, metric, dueAt }];
  });
}

function talliesOf(fresh: readonly Received<PredictionServed>[], added: ReadonlySet<string>): TallyChange[] {
  const left = new Set(added);
  return fresh.map(({ event: { predictionId, model } }): TallyChange => {
    const first = left.delete(predictionId);
    return { model, tallied: first ? 'predictions' : 'duplicate-predictions', by: 1 };
  });
}
