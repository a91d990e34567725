// The comparator's evidence in Postgres: rows of closed windows, each kept once.
import { type Evidence } from '@weir/contracts';
import { type TornWindow } from '../../domain/torn-window';
import { wholeWindows, type WholeWindow } from '../../domain/whole-windows';
import { type Windows } from '../../ports';
import { type Queries } from './queries';

/** Read at once; more than any window has. */
const mostRows = 20_000;

/** $1 rollout, $2 attempt, $3 the window after which to look, $4 most rows. */
const firstTorn = `
  select window_index::float8 as index, max(document #>> '{window,to}') as "to", count(*)::int as came,
    max((document #>> '{window,rows}')::int) as "of",
    (extract(epoch from clock_timestamp() - min(heard_at)) * 1000)::float8 as "waitedMs"
  from (select window_index, document, heard_at from pair_evidence
    where rollout = $1 and attempt = $2 and window_index > $3 order by window_index limit $4) as next
  group by window_index having count(*) < coalesce(max((document #>> '{window,rows}')::int), 2147483647)
  order by window_index limit 1`;

export class PostgresPairs implements Windows {
  constructor(private readonly tx: Queries) {}

  async ofRollout(id: string, limit: number): Promise<Evidence[]> {
    const rows = await this.tx.query<{ document: Evidence }[]>(
      'select document from pair_evidence where rollout = $1 order by attempt desc, window_index desc, place limit $2',
      [id, limit],
    );
    return rows.map(({ document }) => document);
  }

  async windowsAfter(id: string, attempt: number, index: number): Promise<WholeWindow[]> {
    const rows = await this.tx.query<{ document: Evidence }[]>(
      `with torn as (${firstTorn})
       select document from pair_evidence where rollout = $1 and attempt = $2 and window_index > $3
         and window_index < coalesce((select index from torn), 'infinity')
       order by window_index, place limit $4`,
      [id, attempt, index, mostRows],
    );
    return wholeWindows(rows.map(({ document }) => document));
  }

  async tornAfter(id: string, attempt: number, index: number): Promise<TornWindow | undefined> {
    const [torn] = await this.tx.query<TornWindow[]>(firstTorn, [id, attempt, index, mostRows]);
    return torn;
  }

  /** A window is told once, when it is closed; told again it changes nothing. */
  async add(rows: readonly Evidence[]): Promise<void> {
    if (rows.length === 0) return;
    await this.tx.query(
      `insert into pair_evidence (rollout, attempt, window_index, place, document)
       select d ->> 'rollout', coalesce((d ->> 'attempt')::int, 1), (d #>> '{window,index}')::bigint, place, d
       from unnest($1::jsonb[], $2::text[]) as given (d, place)
       on conflict do nothing`,
      [rows.map((row) => JSON.stringify(row)), rows.map(placeOf)],
    );
  }
}

/** What tells a row from the others of its window. */
function placeOf({ stage, step, period, epoch, weights, segment, arm, metric, output }: Evidence): string {
  const pair = Object.keys(weights).sort();
  return JSON.stringify([stage, step, period, epoch, pair, arm, metric, output ?? null, segment]);
}

/** $1: how long windows that were judged stay, to be looked at; $2: the others, whose rollouts are long over. Ten thousand rows at most. */
const pruneSome = `
  with judged as materialized (
    select rollout, attempt, (document #>> '{comparison,through,index}')::bigint as through from judgement
    where (rollout, attempt) in (select rollout, attempt from pair_evidence)),
  gone as (
    delete from pair_evidence where ctid = any (array(
      select pairs.ctid from pair_evidence as pairs left join judged using (rollout, attempt)
      where heard_at < clock_timestamp() - case when window_index <= through then $1::interval else $2::interval end
      limit 10000))
    returning 1)
  select count(*)::int as count from gone`;

/** What judgements are made of is summed up in them, and is in Kafka for longer: here it would be gigabytes a day. Gives the number of rows. */
export async function prunePairs(database: Queries, judged = '1 hour', unjudged = '7 days'): Promise<number> {
  let pruned = 0;
  for (;;) {
    const [some] = await database.query<{ count: number }[]>(pruneSome, [judged, unjudged]);
    if (!some || some.count === 0) return pruned;
    pruned += some.count;
  }
}
