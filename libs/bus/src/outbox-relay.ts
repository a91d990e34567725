// Publishes the outbox: one relay at a time, in the order of the transactions, each row at least once.
import { type DataSource, type EntityManager } from 'typeorm';
import { describeError, silentLogger, type BusLogger } from './bus-logger';
import { noMetrics, type BusMetrics } from './bus-metrics';
import { BusError } from './errors';
import { fromRow, type OutboxRow } from './outbox-pack';
import { type OutgoingRecord, type Producer } from './ports';
import { recentPacksOf, type PackKey, type RecentPacks } from './recent-packs';
import { Rest } from './rest';

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  /** With lingerMs 0, or every publication waits for company. */
  readonly producer: Producer;
  readonly logger?: BusLogger;
  readonly metrics?: BusMetrics;
  /** How often the table is looked at without a wake, milliseconds. Default 250. */
  readonly pollMs?: number;
}

interface Row extends OutboxRow, PackKey {
  readonly ageSeconds: number;
}

/** published: there may be more; blocked: rows wait for an older transaction; elsewhere: another relay is at it. */
type Round = 'published' | 'idle' | 'blocked' | 'elsewhere';

/** A row holds up to 1 MiB of records. */
const batchRows = 25;
/** Packs are read only by a relay that does not have them. */
const columns = `id, xid::text as xid, topic, key, case when records is null then value end as value, headers, records,
  extract(epoch from now() - created_at)::float8 as "ageSeconds"`;
const packValues = 'select id, value from bus_outbox where id = any($1::bigint[])';
const urgentRows = `select ${columns} from bus_outbox where urgent and refused is null order by id limit ${batchRows}`;
/** A sequence does not follow commits: a row of a transaction that still runs may come before one that is there already. */
const settledRows = `select ${columns} from bus_outbox
  where not urgent and refused is null and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, id limit ${batchRows}`;
/** By its indexes, whatever else is or was in the table. */
const oldestRow = `select extract(epoch from now() - least(
    (select created_at from bus_outbox where urgent and refused is null order by id limit 1),
    (select created_at from bus_outbox where not urgent and refused is null order by xid, id limit 1)))::float8 as age`;
const advisoryLock =
  "select pg_try_advisory_xact_lock(hashtextextended('weir.bus_outbox.' || current_schema(), 0)) as locked";

export class OutboxRelay {
  private readonly rest = new Rest();
  private readonly logger: BusLogger;
  private readonly metrics: BusMetrics;
  private running: Promise<void> | undefined;
  private stopping = false;
  private failures = 0;
  private readonly recent: RecentPacks;

  constructor(private readonly options: OutboxRelayOptions) {
    this.recent = recentPacksOf(options.dataSource);
    this.logger = options.logger ?? silentLogger;
    this.metrics = options.metrics ?? noMetrics;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Call it after a commit: the rows are on their way at once instead of at the next poll. */
  wake(): void {
    this.rest.wake();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.rest.end();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        const round = await this.round();
        this.failures = 0;
        if (round !== 'published') await this.rest.for(this.restMs(round));
      } catch (error) {
        this.failures += 1;
        if (this.failures === 1 || this.failures % 20 === 0)
          this.logger.warn(
            { error: describeError(error), failures: this.failures },
            'the outbox could not be published, trying again',
          );
        await this.rest.for(Math.min(5_000, 50 * 2 ** Math.min(this.failures, 7)), { deep: true });
      }
    }
  }

  private restMs(round: Exclude<Round, 'published'>): number {
    const pollMs = this.options.pollMs ?? 250;
    return round === 'idle' ? pollMs : Math.min(pollMs, 25);
  }

  private async round(): Promise<Round> {
    const [oldest] = await this.options.dataSource.query<{ age: number | null }[]>(oldestRow);
    this.metrics.set('weir_bus_outbox_oldest_seconds', {}, oldest?.age ?? 0);
    if ((oldest?.age ?? null) === null) return 'idle';
    return this.options.dataSource.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }[]>(advisoryLock);
      if (!lock?.locked) return 'elsewhere';
      const urgent = await tx.query<Row[]>(urgentRows);
      const rows = urgent.length > 0 ? urgent : await tx.query<Row[]>(settledRows);
      if (rows.length === 0) return 'blocked';
      await this.publish(tx, rows);
      return 'published';
    });
  }

  private async publish(tx: EntityManager, rows: readonly Row[]): Promise<void> {
    const oldest = Math.max(...rows.map((row) => row.ageSeconds));
    this.metrics.set('weir_bus_outbox_oldest_seconds', {}, oldest);
    const records = await this.recordsOf(tx, rows);
    const refusal = await this.send(records);
    const [row] = rows;
    if (refusal && rows.length > 1) for (const one of rows) await this.publish(tx, [one]);
    else if (refusal && row?.records === null) await this.setAside(tx, row, refusal);
    else {
      if (refusal) await this.unpack(tx, records);
      await tx.query('delete from bus_outbox where id = any($1::bigint[])', [rows.map(({ id }) => id)]);
      for (const one of rows) this.recent.forget(one);
    }
  }

  private async recordsOf(tx: EntityManager, rows: readonly Row[]): Promise<readonly OutgoingRecord[]> {
    const known = new Map(rows.map((row) => [row.id, this.recent.find(row)]));
    const unknown = rows.filter(({ id, records }) => records !== null && !known.get(id)).map(({ id }) => id);
    const read = unknown.length > 0 ? await tx.query<{ id: string; value: Buffer }[]>(packValues, [unknown]) : [];
    const values = new Map(read.map(({ id, value }) => [id, value]));
    return rows.flatMap((row) => known.get(row.id) ?? fromRow({ ...row, value: values.get(row.id) ?? row.value }));
  }

  /** Why no broker will ever take one of these; undefined when all are there. @throws what another try may mend. */
  private async send(records: readonly OutgoingRecord[]): Promise<BusError | undefined> {
    try {
      await this.options.producer.send(records);
    } catch (error) {
      if (!(error instanceof BusError) || error.retriable) throw error;
      return error;
    }
    const counts = new Map<string, number>();
    for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    for (const [topic, count] of counts) this.metrics.add('weir_bus_outbox_published_total', { topic }, count);
    return undefined;
  }

  /** Each record of a pack alone; what is refused becomes a row of its own, set aside. */
  private async unpack(tx: EntityManager, records: readonly OutgoingRecord[]): Promise<void> {
    for (const record of records) {
      const refusal = await this.send([record]);
      if (!refusal) continue;
      const { topic, key, value, headers } = record;
      const [row] = await tx.query<{ id: string }[]>(
        'insert into bus_outbox (topic, key, value, headers, refused) values ($1, $2, $3, $4, $5) returning id',
        [topic, key, value, JSON.stringify(headers ?? {}), ''],
      );
      if (row) await this.setAside(tx, { ...row, topic }, refusal);
    }
  }

  /** A row that no broker will ever take stays in the table, named, and lets the others pass. */
  private async setAside(tx: EntityManager, { id, topic }: Pick<Row, 'id' | 'topic'>, error: BusError): Promise<void> {
    this.logger.error(
      { rows: [id], topic, error: describeError(error) },
      'an outbox row cannot be published and is set aside',
    );
    await tx.query('update bus_outbox set refused = $2 where id = $1', [id, error.message.slice(0, 500)]);
  }
}
