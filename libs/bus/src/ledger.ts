// The ledger: how far a group has applied each partition, moved in the same transaction as the effect.
import { type DataSource, type EntityManager } from 'typeorm';
import { noMetrics, type BusMetrics } from './bus-metrics';
import { type Chunk, type Received } from './ports';

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that has not been applied. */
  readonly next: bigint;
}

/** What the consumer asks of the ledger: the offsets' truth, which Kafka's own commits only follow. */
export interface OffsetTruth {
  positions(topic: string): Promise<readonly Position[]>;
  /** Moves forward only: records up to there were dealt with outside the ledger (dead letters). */
  advance(position: Position): Promise<void>;
  /** Moves anywhere: the topic was made anew. */
  reset(position: Position): Promise<void>;
}

export interface Applied {
  /** Records handed to the effect. */
  readonly applied: number;
  /** Records dropped because an earlier delivery of them had been applied. */
  readonly redelivered: number;
}

export class Ledger implements OffsetTruth {
  constructor(
    private readonly dataSource: DataSource,
    readonly group: string,
    private readonly metrics: BusMetrics = noMetrics,
  ) {}

  /**
   * One transaction: locks the row of (group, topic, partition), which fences a member that lost the partition without
   * knowing; drops what has been applied; runs the effect; moves the offset. The effect is not called for nothing.
   */
  async apply<T>(
    chunk: Chunk<T>,
    effect: (tx: EntityManager, fresh: readonly Received<T>[]) => Promise<void>,
  ): Promise<Applied> {
    const last = chunk.records.at(-1);
    if (!last) return { applied: 0, redelivered: 0 };
    const result = await this.dataSource.transaction(async (tx) => {
      const next = await this.lock(tx, chunk.topic, chunk.partition);
      const fresh = chunk.records.filter(({ record }) => BigInt(record.offset) >= next);
      if (fresh.length > 0) {
        await effect(tx, fresh);
        await tx.query(
          'update bus_ledger set next_offset = $4, updated_at = now() where consumer_group = $1 and topic = $2 and partition = $3',
          [this.group, chunk.topic, chunk.partition, String(BigInt(last.record.offset) + 1n)],
        );
      }
      return { applied: fresh.length, redelivered: chunk.records.length - fresh.length };
    });
    if (result.redelivered > 0)
      this.metrics.add('weir_bus_redelivered_total', { group: this.group, topic: chunk.topic }, result.redelivered);
    return result;
  }

  async positions(topic: string): Promise<readonly Position[]> {
    const rows = await this.dataSource.query<{ partition: number; next_offset: string }[]>(
      'select partition, next_offset from bus_ledger where consumer_group = $1 and topic = $2',
      [this.group, topic],
    );
    return rows.map((row) => ({ topic, partition: row.partition, next: BigInt(row.next_offset) }));
  }

  async advance({ topic, partition, next }: Position): Promise<void> {
    await this.dataSource.query(
      `insert into bus_ledger (consumer_group, topic, partition, next_offset) values ($1, $2, $3, $4)
       on conflict (consumer_group, topic, partition)
       do update set next_offset = excluded.next_offset, updated_at = now() where bus_ledger.next_offset < excluded.next_offset`,
      [this.group, topic, partition, String(next)],
    );
  }

  async reset({ topic, partition, next }: Position): Promise<void> {
    await this.dataSource.query(
      'update bus_ledger set next_offset = $4, updated_at = now() where consumer_group = $1 and topic = $2 and partition = $3',
      [this.group, topic, partition, String(next)],
    );
  }

  private async lock(tx: EntityManager, topic: string, partition: number): Promise<bigint> {
    const select =
      'select next_offset from bus_ledger where consumer_group = $1 and topic = $2 and partition = $3 for update';
    const key = [this.group, topic, partition];
    const [found] = await tx.query<{ next_offset: string }[]>(select, key);
    if (found) return BigInt(found.next_offset);
    await tx.query(
      'insert into bus_ledger (consumer_group, topic, partition, next_offset) values ($1, $2, $3, 0) on conflict do nothing',
      key,
    );
    const [made] = await tx.query<{ next_offset: string }[]>(select, key);
    return BigInt(made?.next_offset ?? 0);
  }
}
