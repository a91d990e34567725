// Evidence rows and routers as they were heard, in Postgres.
import { type Evidence, type PolicyApplied } from '@weir/contracts';
import { wholeWindows, type WholeWindow } from '../../domain/whole-windows';
import { type ObservedTraffic } from '../../domain/plan-traffic';
import { type TornWindow } from '../../domain/torn-window';
import { type EvidenceRows, type HeardRouter, type Routers } from '../../ports';
import { type Queries } from './queries';

/** Read at once; more than any window has. */
const mostRows = 5_000;

const latest = `latest as (
  select id, baseline, ((spec #>> '{slice,to}')::int - (spec #>> '{slice,from}')::int) as slice_bps from rollout
  where model = $1 and exists (select 1 from evidence where evidence.rollout = rollout.id and final)
  order by created_at desc, id desc limit 1)`;

const spanOfLatest = `with ${latest}
  select id as rollout, baseline, slice_bps as "sliceBps",
    (select extract(epoch from min((document #>> '{window,from}')::timestamptz))::float8 * 1000 from evidence where rollout = id and final) as "fromMs",
    (select extract(epoch from max((document #>> '{window,to}')::timestamptz))::float8 * 1000 from evidence where rollout = id and final) as "toMs"
  from latest`;

const unitSums = ['n', 'y', 'd', 'yy', 'yd', 'dd']
  .map((field) => `'${field}', sum((document #>> '{unitSums,${field}}')::float8)`)
  .join(', ');

const trafficOfLatest = `with ${latest}
  select metric, arm, sum(n)::float8 as n, sum((document ->> 'sum')::float8) as sum,
    sum((document ->> 'sumSquares')::float8) as "sumSquares", sum((document ->> 'newUnits')::float8) as "newUnits",
    sum((document #>> '{once,n}')::float8) as "onceN", sum((document #>> '{once,sum}')::float8) as "onceSum",
    jsonb_build_object(${unitSums}) as "unitSums"
  from evidence, latest where rollout = id and final group by metric, arm order by metric, arm`;

/** $1 rollout, $2 attempt, $3 the window after which to look, $4 most rows. */
const firstTorn = `
  select window_index::float8 as index, max(document #>> '{window,to}') as "to", count(*)::int as came,
    max((document #>> '{window,rows}')::int) as "of",
    (extract(epoch from clock_timestamp() - min(heard_at)) * 1000)::float8 as "waitedMs"
  from (select window_index, document, heard_at from evidence
    where rollout = $1 and attempt = $2 and final and window_index > $3 order by window_index limit $4) as next
  group by window_index having count(*) < coalesce(max((document #>> '{window,rows}')::int), 2147483647)
  order by window_index limit 1`;

export class PostgresEvidence implements EvidenceRows {
  constructor(private readonly tx: Queries) {}

  async ofRollout(id: string, limit: number): Promise<Evidence[]> {
    const rows = await this.tx.query<{ document: Evidence }[]>(
      'select document from evidence where rollout = $1 order by window_index desc, metric, arm, segment limit $2',
      [id, limit],
    );
    return rows.map(({ document }) => document);
  }

  async counts(id: string, metric: string, epoch: number): Promise<Record<string, number>> {
    const rows = await this.tx.query<{ arm: string; n: number }[]>(
      'select arm, sum(n) as n from evidence where rollout = $1 and metric = $2 and epoch = $3 group by arm order by arm',
      [id, metric, epoch],
    );
    return Object.fromEntries(rows.map(({ arm, n }) => [arm, n]));
  }

  async traffic(model: string): Promise<ObservedTraffic | undefined> {
    const rows = await this.tx.query<ObservedTraffic['counts'][number][]>(trafficOfLatest, [model]);
    const [first] = await this.tx.query<Omit<ObservedTraffic, 'counts'>[]>(spanOfLatest, [model]);
    return first?.fromMs === null || !first ? undefined : { ...first, counts: rows };
  }

  async windowsAfter(id: string, attempt: number, index: number): Promise<WholeWindow[]> {
    const rows = await this.tx.query<{ document: Evidence }[]>(
      `with torn as (${firstTorn})
       select document from evidence where rollout = $1 and attempt = $2 and final and window_index > $3
         and window_index < coalesce((select index from torn), 'infinity')
       order by window_index, stage, step, period, epoch, segment collate "C", metric collate "C", arm collate "C" limit $4`,
      [id, attempt, index, mostRows],
    );
    return wholeWindows(rows.map(({ document }) => document));
  }

  async tornAfter(id: string, attempt: number, index: number): Promise<TornWindow | undefined> {
    const [torn] = await this.tx.query<TornWindow[]>(firstTorn, [id, attempt, index, mostRows]);
    return torn;
  }

  /** A row of the same window is replaced by a greater sequence, never by a smaller: redelivery and disorder change nothing. */
  async upsert(rows: readonly Evidence[]): Promise<void> {
    await this.tx.query(
      `insert into evidence (rollout, stage, step, period, epoch, segment, arm, metric, window_index, sequence, n, attempt, final, document)
       select distinct on (d ->> 'rollout', d ->> 'attempt', d ->> 'metric', d ->> 'epoch', d ->> 'stage', d ->> 'step', d ->> 'period', coalesce(d ->> 'segment', ''), d ->> 'arm', d #>> '{window,index}')
         d ->> 'rollout', (d ->> 'stage')::int, (d ->> 'step')::int, (d ->> 'period')::int, (d ->> 'epoch')::int,
         coalesce(d ->> 'segment', ''), d ->> 'arm', d ->> 'metric', (d #>> '{window,index}')::bigint, (d ->> 'sequence')::int,
         (d ->> 'n')::float8, coalesce((d ->> 'attempt')::int, 1), (d ->> 'final')::boolean, d
       from unnest($1::jsonb[]) as given (d)
       order by d ->> 'rollout', d ->> 'attempt', d ->> 'metric', d ->> 'epoch', d ->> 'stage', d ->> 'step', d ->> 'period', coalesce(d ->> 'segment', ''), d ->> 'arm', d #>> '{window,index}', (d ->> 'sequence')::int desc
       on conflict (rollout, attempt, metric, epoch, stage, step, period, segment, arm, window_index)
       do update set sequence = excluded.sequence, n = excluded.n, final = excluded.final, document = excluded.document, heard_at = excluded.heard_at
       where evidence.sequence < excluded.sequence`,
      [rows.map((row) => JSON.stringify(row))],
    );
  }
}

interface RouterRow {
  readonly router: string;
  readonly models: PolicyApplied['models'];
  readonly heard_at: Date;
}

export class PostgresRouters implements Routers {
  constructor(private readonly tx: Queries) {}

  async heardSince(instant: string): Promise<HeardRouter[]> {
    const rows = await this.tx.query<RouterRow[]>(
      "select router, models, heard_at from router where state = 'serving' and heard_at >= $1 order by router",
      [instant],
    );
    return rows.map(({ router, models, heard_at }) => ({ router, models, heardAt: heard_at.toISOString() }));
  }

  async serving(): Promise<HeardRouter[]> {
    return this.heardSince('-infinity');
  }

  async remove(router: string): Promise<boolean> {
    const [rows] = await this.tx.query<[unknown[], number]>('delete from router where router = $1 returning router', [
      router,
    ]);
    return rows.length > 0;
  }

  async hear({ router, models, state }: PolicyApplied, heardAtMs: number): Promise<void> {
    await this.tx.query(
      `insert into router (router, state, models, heard_at) values ($1, $2, $3, to_timestamp($4::float8 / 1000))
       on conflict (router) do update set state = excluded.state, models = excluded.models, heard_at = excluded.heard_at
       where router.heard_at <= excluded.heard_at`,
      [router, state, JSON.stringify(models), heardAtMs],
    );
  }

  async forget(router: string): Promise<void> {
    await this.tx.query('delete from router where router = $1', [router]);
  }
}
