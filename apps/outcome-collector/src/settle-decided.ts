// Decisions whose callers call the model themselves: each becomes one prediction-served, by its report or by the lack of one.
import { toRecord, type Chunk, type Received } from '@weir/bus';
import {
  predictionServed,
  type PredictionDecided,
  type PredictionReported,
  type PredictionServed,
} from '@weir/contracts';
import { reportedPrediction, unreportedPrediction } from './domain/decided-prediction';
import { type TallyChange } from './domain/tally';
import { type AppliedUpTo, type DecidedKey, type Store, type Transactions, type Wake } from './ports';

const atOnce = 500;

export class SettleDecided {
  constructor(
    private readonly transactions: Transactions,
    /** Of decisions and reports, by the database's clock: a report that waits in Kafka is not missing. */
    private readonly applied: AppliedUpTo,
    private readonly wake: Wake,
  ) {}

  /** A decision that is there already is the same one, sent again. */
  async decided(chunk: Chunk<PredictionDecided>): Promise<void> {
    await this.transactions.once(chunk, async (store, fresh) => {
      const decisions = [...firsts(fresh).values()];
      const added = await store.addDecided(decisions);
      await this.settle(store, decisions);
      await store.tally(decisions.filter((one) => added.has(keyOf(one))).map(({ model }) => tallied(model, 'decided')));
    });
    this.wake();
  }

  /** The first report counts, the others are counted. */
  async reported(chunk: Chunk<PredictionReported>): Promise<void> {
    await this.transactions.once(chunk, async (store, fresh) => {
      const reports = firsts(fresh);
      const filed = await store.addReports([...reports.values()]);
      await this.settle(store, [...reports.values()]);
      const refused = [...reports].flatMap(([key, { model }]) => {
        const state = filed.get(key) ?? 'duplicate';
        return state === 'taken' ? [] : [tallied(model, `report-${state}`)];
      });
      await store.tally([...refused, ...repeatsIn(fresh)]);
    });
    this.wake();
  }

  /** Decisions that nobody reported in time, and reports that no decision came for. */
  async sweep(): Promise<number> {
    const upToMs = await this.applied.instantMs();
    if (upToMs === undefined) return 0;
    for (let total = 0; ;) {
      const count = await this.transactions.run((store) => this.expire(store, new Date(upToMs).toISOString()));
      total += count;
      if (count < atOnce) {
        if (total > 0) this.wake();
        return total;
      }
    }
  }

  private async settle(store: Store, keys: readonly DecidedKey[]): Promise<void> {
    const complete = await store.completeDecided(keys);
    await publish(
      store,
      complete.map(({ decided, report }) => reportedPrediction(decided, report)),
    );
    await store.tally(complete.map(({ decided: { model } }) => tallied(model, 'report-given')));
  }

  private async expire(store: Store, upTo: string): Promise<number> {
    const { missing, orphans } = await store.expireDecided(upTo, atOnce);
    await publish(store, missing.map(unreportedPrediction));
    await store.tally([
      ...missing.map(({ model }) => tallied(model, 'report-missing')),
      ...orphans.map(({ model }) => tallied(model, 'report-orphan')),
    ]);
    return missing.length + orphans.length;
  }
}

/** As the store names a decision. */
export function keyOf({ predictionId, model }: DecidedKey): string {
  return `${predictionId} ${model}`;
}

function firsts<T extends DecidedKey>(fresh: readonly Received<T>[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const { event } of fresh) if (!found.has(keyOf(event))) found.set(keyOf(event), event);
  return found;
}

function repeatsIn(fresh: readonly Received<PredictionReported>[]): TallyChange[] {
  const seen = new Set<string>();
  return fresh.flatMap(({ event }) => {
    const again = seen.has(keyOf(event));
    seen.add(keyOf(event));
    return again ? [tallied(event.model, 'report-duplicate')] : [];
  });
}

function tallied(model: string, what: TallyChange['tallied']): TallyChange {
  return { model, tallied: what, by: 1 };
}

async function publish(store: Store, events: readonly PredictionServed[]): Promise<void> {
  await store.publish(events.map((event) => toRecord(predictionServed, event, { source: 'weir/outcome-collector' })));
}
