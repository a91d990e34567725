// Transactions on Postgres: the store bound to one, with or without the offset of a chunk; and what needs no transaction.
import { Outbox, type Chunk, type Ledger, type Received } from '@weir/bus';
import { type DataSource, type EntityManager } from 'typeorm';
import { type RebuildStore, type RebuildTransactions, type Store, type Transactions } from '../../ports';
import { dropOld } from './allocator.sql';
import { learningStore } from './learning-store';
import { rebuildStore } from './rebuild-store';

export class PostgresTransactions implements Transactions, RebuildTransactions {
  private readonly outbox = new Outbox();

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
  ) {}

  run<R>(work: (store: Store) => Promise<R>): Promise<R> {
    return this.dataSource.transaction((tx) => work(this.storeOf(tx)));
  }

  async once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void> {
    await this.ledger.apply(chunk, (tx, fresh) => work(this.storeOf(tx), fresh));
  }

  rebuild<R>(work: (store: RebuildStore) => Promise<R>): Promise<R> {
    return this.dataSource.transaction((tx) => {
      const { group } = this.ledger;
      return work({ ...learningStore(tx, group), ...rebuildStore(tx, group) });
    });
  }

  private storeOf(tx: EntityManager): Store {
    return { ...learningStore(tx, this.ledger.group), publish: (records) => this.outbox.add(tx, records) };
  }
}

/** Outcomes that are too old to be told of again. */
export async function dropOutcomes(dataSource: DataSource, days: number): Promise<void> {
  await dataSource.query(dropOld, [days]);
}
