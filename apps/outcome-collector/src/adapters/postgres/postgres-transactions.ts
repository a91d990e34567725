// Transactions on Postgres: the store bound to one, with or without the offset of a chunk.
import { Outbox, type Chunk, type Ledger, type Received } from '@weir/bus';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Store, type Transactions } from '../../ports';
import { decidedStore } from './decided-store';
import { evidenceStore } from './evidence-store';
import { historyStore } from './history-store';
import { outcomeStore } from './outcome-store';
import { predictionStore } from './prediction-store';
import { idempotencyStore, maturityStore, policyStore, tallyStore, type PolicyCache } from './upkeep-store';

export class PostgresTransactions implements Transactions {
  private readonly policies: PolicyCache = new Map();
  private readonly outbox = new Outbox();

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
    private readonly options: { readonly retentionDays: number; readonly nowMs: () => number },
  ) {}

  run<R>(work: (store: Store) => Promise<R>): Promise<R> {
    return this.dataSource.transaction((tx) => work(this.storeOf(tx)));
  }

  async once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void> {
    await this.ledger.apply(chunk, (tx, fresh) => work(this.storeOf(tx), fresh));
  }

  private storeOf(tx: EntityManager): Store {
    const { retentionDays, nowMs } = this.options;
    return {
      ...idempotencyStore(tx),
      ...policyStore(tx, this.policies),
      ...decidedStore(tx),
      ...predictionStore(tx, retentionDays, nowMs),
      ...outcomeStore(tx, retentionDays, nowMs),
      ...maturityStore(tx),
      ...evidenceStore(tx),
      ...historyStore(tx),
      ...tallyStore(tx),
      publish: (records) => this.outbox.add(tx, records),
    };
  }
}
