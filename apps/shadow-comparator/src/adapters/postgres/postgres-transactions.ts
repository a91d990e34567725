// Transactions on Postgres: the store bound to one, with or without the offset of a chunk; and what needs no transaction.
import { Outbox, type Chunk, type Ledger, type Received } from '@weir/bus';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Store, type Transactions } from '../../ports';
import { bookStore } from './book-store';
import { comparisonStore } from './comparison-store';
import { KnownUnits } from './known-units';
import { truthStore } from './truth-store';
import { UnitStore } from './unit-store';

export class PostgresTransactions implements Transactions {
  private readonly outbox = new Outbox();
  private readonly known = new KnownUnits();

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
  ) {}

  run<R>(work: (store: Store) => Promise<R>): Promise<R> {
    return this.dataSource.transaction((tx) => work(this.storeOf(tx, new UnitStore(tx, this.known))));
  }

  async once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void> {
    let units: UnitStore | undefined;
    await this.ledger.apply(chunk, (tx, fresh) =>
      work(this.storeOf(tx, (units = new UnitStore(tx, this.known))), fresh),
    );
    units?.committed();
  }

  private storeOf(tx: EntityManager, units: UnitStore): Store {
    return {
      ...bookStore(tx),
      ...comparisonStore(tx),
      ...truthStore(tx),
      units: (book, wanted) => units.units(book, wanted),
      keepUnits: (book, changed) => units.keep(book, changed),
      publish: (records) => this.outbox.add(tx, records),
    };
  }
}
