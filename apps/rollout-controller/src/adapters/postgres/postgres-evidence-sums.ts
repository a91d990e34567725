// Sums over an attempt's evidence as Postgres adds them up, and its rows a page at a time. For people who look; verdicts fold window by window.
import { type Evidence } from '@weir/contracts';
import { type DaySums, type UnitTotals } from '@weir/stats';
import { type EvidencePage, type EvidenceSums, type SumsAsked } from '../../ports';
import { type Queries } from './queries';

const unitSums = ['n', 'y', 'd', 'yy', 'yd', 'dd', 'x', 'xx', 'xy', 'xd'] as const;

const sumOf = (field: string): string => `sum((document #>> '{unitSums,${field}}')::float8)::float8 as ${field}`;

/** $1 rollout, $2 attempt, $3 metric, $4 baseline, $5 candidate: final rows of both, where both had weight. */
const compared = `from evidence where rollout = $1 and attempt = $2 and metric = $3 and final and arm in ($4, $5)
  and (document #>> array['weights', $4])::float8 > 0 and (document #>> array['weights', $5])::float8 > 0`;

/** Of the last stage that has any: units' sums begin anew with each. */
const both = `${compared} and stage = (select max(stage) ${compared})`;

const bySegment = `select * from (select document ->> 'segment' as segment, arm, ${unitSums.map(sumOf).join(', ')}
  ${both} group by document ->> 'segment', arm) as summed order by segment collate "C" nulls last, arm collate "C"`;

const byDay = `select to_char((document #>> '{window,from}')::timestamptz at time zone 'UTC', 'YYYY-MM-DD') as day, arm,
  sum(n)::float8 as records, ${sumOf('y')}, ${sumOf('d')} ${both} group by day, arm order by day, arm collate "C"`;

/** In the order of the primary key. */
const page = `select document from evidence where rollout = $1 and attempt = $2
  and ($3::text is null or (metric, epoch, stage, step, period, segment, arm, window_index) >
    ($3::text, $4::int, $5::int, $6::int, $7::int, $8::text, $9::text, $10::bigint))
  order by metric, epoch, stage, step, period, segment, arm, window_index limit $11`;

export class PostgresEvidenceSums implements EvidenceSums {
  constructor(private readonly tx: Queries) {}

  bySegment(asked: SumsAsked): Promise<(UnitTotals & { segment: string | null; arm: string })[]> {
    return this.tx.query(bySegment, parametersOf(asked));
  }

  byDay(asked: SumsAsked): Promise<(DaySums & { day: string; arm: string })[]> {
    return this.tx.query(byDay, parametersOf(asked));
  }

  async page({ rollout, attempt, after, limit }: EvidencePage): Promise<Evidence[]> {
    const place = after
      ? [
          ...[after.metric, after.epoch, after.stage, after.step, after.period],
          ...[after.segment ?? '', after.arm, after.window.index],
        ]
      : Array.from({ length: 8 }, () => null);
    const rows = await this.tx.query<{ document: Evidence }[]>(page, [rollout, attempt, ...place, limit]);
    return rows.map(({ document }) => document);
  }
}

function parametersOf({ rollout, attempt, metric, arms }: SumsAsked): unknown[] {
  return [rollout, attempt, metric, arms.baseline, arms.candidate];
}
