// Partitions by day of serving: made when a day is first written, dropped by age.
import { type DataSource } from 'typeorm';
import { dayOf } from '../../domain/shadowed-stage';
import { type Days } from '../../ports';
import { dropOld, partitionsBefore } from './comparator.sql';

const dayMs = 86_400_000;

export class ComparisonDays implements Days {
  private readonly made = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly retentionDays: number,
    private readonly nowMs: () => number,
  ) {}

  async ensure(servedAt: readonly string[]): Promise<void> {
    for (const day of new Set(servedAt.map(dayOf))) {
      if (this.made.has(day)) continue;
      await this.make(day);
      this.made.add(day);
    }
  }

  /** Days older than the retention are forgotten, and so is all of rollouts that counted nothing for as long. */
  async drop(): Promise<void> {
    const before = this.day(this.nowMs() - this.retentionDays * dayMs).replaceAll('-', '');
    const old = await this.dataSource.query<{ name: string }[]>(partitionsBefore, [before]);
    for (const { name } of old) await this.dropPartition(name);
    if (old.length > 0) this.made.clear();
    for (const statement of dropOld) await this.dataSource.query(statement, [`${this.retentionDays} days`]);
  }

  private day(instantMs: number): string {
    return new Date(instantMs).toISOString().slice(0, 10);
  }

  /** In a transaction of its own: attaching takes no lock that writers of other days would notice. */
  private async make(day: string): Promise<void> {
    for (const table of ['comparisons', 'outcomes']) await this.makePartition(table, day);
  }

  private makePartition(table: string, day: string): Promise<void> {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`${day} is no day`);
    const partition = `${table}_${day.replaceAll('-', '')}`;
    const next = this.day(Date.parse(day) + dayMs);
    return this.dataSource.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended('weir.days.' || current_schema(), 0))");
      const [found] = await tx.query<{ there: boolean }[]>('select to_regclass($1) is not null as there', [partition]);
      if (found?.there) return;
      await tx.query(`create table ${partition} (like ${table} including all)`);
      await tx.query(`alter table ${table} attach partition ${partition} for values from ('${day}') to ('${next}')`);
    });
  }

  /** Dropping locks the whole table: it gives way at once to whoever is at it, and is tried again later. */
  private dropPartition(name: string): Promise<void> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '500ms'");
      await tx.query(`drop table ${name}`);
    });
  }
}
