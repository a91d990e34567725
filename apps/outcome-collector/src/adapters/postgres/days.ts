// Partitions by day: made when a day is first written, dropped by age.
import { type DataSource } from 'typeorm';
import { type Days } from '../../ports';
import { dayOf, outcomeDay, predictionDay, undatedDay } from '../../domain/prediction-day';
import { dropSettled } from './decided.sql';
import { dropHistories, dropKeys, dropUndatedOutcomes, dropUnits, partitionsBefore } from './upkeep.sql';

const tables = ['predictions', 'outcomes'] as const;

const atOnce = 10_000;

export class PostgresDays implements Days {
  private readonly made = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly retentionDays: number,
    private readonly nowMs: () => number,
  ) {}

  forPredictions(predictions: readonly { predictionId: string; servedAt: string }[]): Promise<void> {
    return this.ensure(
      predictions.map((one) => predictionDay(one.predictionId, Date.parse(one.servedAt), this.retentionDays)),
    );
  }

  forOutcomes(outcomes: readonly { predictionId: string }[]): Promise<void> {
    return this.ensure(outcomes.map(({ predictionId }) => outcomeDay(predictionId, this.nowMs(), this.retentionDays)));
  }

  /** Today and tomorrow before anybody needs them. */
  prepare(): Promise<void> {
    return this.ensure([undatedDay, dayOf(this.nowMs()), dayOf(this.nowMs() + 86_400_000)]);
  }

  /** In a transaction of its own: attaching takes no lock that readers or writers of other days would notice. */
  private async ensure(days: readonly string[]): Promise<void> {
    for (const day of new Set(days)) {
      if (this.made.has(day)) continue;
      await this.make(day);
      this.made.add(day);
    }
  }

  private make(day: string): Promise<void> {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`${day} is no day`);
    return this.dataSource.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended('weir.days.' || current_schema(), 0))");
      for (const table of tables) {
        if (table === 'predictions' && day === undatedDay) continue;
        const partition = `${table}_${day.replaceAll('-', '')}`;
        const [found] = await tx.query<{ there: boolean }[]>('select to_regclass($1) is not null as there', [
          partition,
        ]);
        if (found?.there) continue;
        await tx.query(`create table ${partition} (like ${table} including all)`);
        await tx.query(
          `alter table ${table} attach partition ${partition} for values from ('${day}') to ('${nextDay(day)}')`,
        );
      }
    });
  }

  /** Days older than this are forgotten; so are rollouts that counted nothing for as long, and idempotency keys after 7 days. */
  async drop(): Promise<void> {
    const before = dayOf(this.nowMs() - this.retentionDays * 86_400_000).replaceAll('-', '');
    const old = await this.dataSource.query<{ name: string }[]>(partitionsBefore, [before]);
    for (const { name } of old) await this.dropPartition(name);
    if (old.length > 0) this.made.clear();
    const age = `${this.retentionDays} days`;
    await this.dataSource.query(dropUndatedOutcomes, [age]);
    await this.dropAll(dropUnits, age);
    await this.dropAll(dropHistories, age);
    await this.dataSource.query(dropKeys, ['7 days']);
    await this.dataSource.query(dropSettled);
  }

  /** A few at a time: no statement takes long, and nobody waits for it. */
  private async dropAll(sql: string, age: string): Promise<void> {
    for (;;) {
      const [, dropped] = await this.dataSource.query<[unknown, number]>(sql, [age, atOnce]);
      if (dropped < atOnce) return;
    }
  }

  /** Dropping locks the whole table: it gives way at once to whoever is at it, and is tried again later. */
  private dropPartition(name: string): Promise<void> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '500ms'");
      await tx.query(`drop table ${name}`);
    });
  }
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}
