// Partitions by day: made when a day is first written, dropped by age.
import { type DataSource } from 'typeorm';

/** Of the first parent table, the second; by the last eight characters of a partition's name. */
const partitionsBefore = `
  select child.relname as name from pg_inherits
  join pg_class as child on child.oid = inhrelid
  join pg_class as parent on parent.oid = inhparent
  where parent.relnamespace = current_schema()::regnamespace and parent.relname = any($1::text[])
    and right(child.relname, 8) ~ '^\\d{8}$' and right(child.relname, 8) < $2 and right(child.relname, 8) <> all($3::text[])`;

const dayMs = 86_400_000;

export class DayPartitions {
  /** Table and day. */
  private readonly made = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    /** Parent tables, partitioned by range of a date. */
    private readonly tables: readonly string[],
    /** Days that age never drops. */
    private readonly lasting: readonly string[] = [],
  ) {}

  /**
   * Makes room for these days (`2026-11-23`) in these of the tables; those that are there cost nothing. Each in a transaction of its own: attaching
   * takes no lock that readers or writers of other days would notice.
   */
  async ensure(days: Iterable<string>, tables: readonly string[] = this.tables): Promise<void> {
    for (const day of new Set(days))
      for (const table of tables) {
        const partition = nameOf(table, day);
        if (this.made.has(partition)) continue;
        await this.make(table, day, partition);
        this.made.add(partition);
      }
  }

  /** Drops the days before this one. @throws where somebody is at one of them: it is tried again at the next call. */
  async dropBefore(day: string): Promise<void> {
    const lasting = this.lasting.map(digitsOf);
    const old = await this.dataSource.query<{ name: string }[]>(partitionsBefore, [
      this.tables,
      digitsOf(day),
      lasting,
    ]);
    for (const { name } of old) await this.drop(name);
    if (old.length > 0) this.made.clear();
  }

  private make(table: string, day: string, partition: string): Promise<void> {
    const next = new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10);
    return this.dataSource.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended('weir.days.' || current_schema(), 0))");
      const [found] = await tx.query<{ there: boolean }[]>('select to_regclass($1) is not null as there', [partition]);
      if (found?.there) return;
      await tx.query(`create table ${partition} (like ${table} including all)`);
      await tx.query(`alter table ${table} attach partition ${partition} for values from ('${day}') to ('${next}')`);
    });
  }

  /** Dropping locks the whole table: it gives way soon to whoever is at it. */
  private drop(partition: string): Promise<void> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '500ms'");
      await tx.query(`drop table ${partition}`);
    });
  }
}

/** What stands in the text of a statement is checked first: a name of ours and a date. */
function nameOf(table: string, day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`${day} is no day`);
  return `${table}_${digitsOf(day)}`;
}

function digitsOf(day: string): string {
  return day.replaceAll('-', '');
}
