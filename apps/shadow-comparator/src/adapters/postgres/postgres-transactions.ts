// Transactions on Postgres: the store bound to one, with or without the offset of a chunk; and what needs no transaction.
import { Outbox, type Chunk, type Ledger, type Received } from '@weir/bus';
import { type DataSource, type EntityManager } from 'typeorm';
import { type ShadowedStage } from '../../domain/shadowed-stage';
import { type Stages, type Store, type Transactions } from '../../ports';
import { bookStore } from './book-store';
import { comparisonStore } from './comparison-store';
import { keepStages, stages } from './comparator.sql';
import { toJson } from './json-rows';
import { truthStore } from './truth-store';

export class PostgresTransactions implements Transactions {
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

  private storeOf(tx: EntityManager): Store {
    const publish: Store['publish'] = (records) => this.outbox.add(tx, records);
    return { ...bookStore(tx), ...comparisonStore(tx), ...truthStore(tx), publish };
  }
}

export class PostgresStages implements Stages {
  constructor(private readonly dataSource: DataSource) {}

  async all(): Promise<readonly ShadowedStage[]> {
    return (await this.dataSource.query<{ document: ShadowedStage }[]>(stages)).map(({ document }) => document);
  }

  async keep(kept: readonly ShadowedStage[]): Promise<void> {
    await this.dataSource.query(keepStages, [toJson(kept)]);
  }
}
