// The rows of the table: what each says, what it must and should reach, and how measured values become one.
import { median, spread, threeFigures } from './numbers';
import { type Pair } from './visits';

export interface RowPlan {
  readonly row: string;
  readonly says: string;
  readonly unit: 'times' | 'ms' | 'events/s' | 'MB';
  readonly better: 'more' | 'less';
  readonly must: number;
  readonly aim: number;
}

export interface Row {
  readonly row: string;
  /** The median; null where no pair was quiet. In the row's unit: most rows are a ratio. */
  readonly ratio: number | null;
  readonly must: number;
  readonly aim: number;
  readonly reached: 'aim' | 'must' | 'nothing' | 'unknown';
  readonly pairs: number;
  readonly spread: readonly [number, number] | null;
}

const nginx = "relative to nginx's split_clients";
const regret = 'regret of ten items that come and go, relative to the reference run, feedback every';

export const rowPlans: readonly RowPlan[] = [
  plan('router-kafka', `requests/s, events to Kafka, ${nginx}`, 'times', 'more', 0.22, 0.33),
  plan('router-kafka-cpu', `the same, CPU per request, ${nginx}`, 'times', 'less', 5, 3.3),
  plan('router-bare', `requests/s, events rendered and dropped, ${nginx}`, 'times', 'more', 0.28, 0.42),
  plan('router-bare-cpu', `the same, CPU per request, ${nginx}`, 'times', 'less', 4, 2.6),
  plan('router-naive', 'router-bare, times a plain Nest + Express + axios proxy', 'times', 'more', 8, 15),
  plan('router-fastify', 'router-bare, times Nest + Fastify + undici, parsed JSON', 'times', 'more', 1.8, 2.5),
  plan('latency', 'p99 added at 400 requests/s, open loop, events to Kafka', 'ms', 'less', 2, 1),
  plan('shadow', 'requests/s with a shadow on all traffic, relative to nginx mirror', 'times', 'more', 0.75, 1.1),
  plan('comparator', 'predictions asked of a shadow and compared, whole machine', 'events/s', 'more', 5_000, 10_000),
  plan('collector', 'predictions and their outcomes joined, whole machine', 'events/s', 'more', 5_000, 10_000),
  plan('allocator', 'outcomes learnt by a bandit, whole machine', 'events/s', 'more', 5_000, 10_000),
  plan('bandit-weights', 'P(best) of ten arms, CPU', 'ms', 'less', 0.3, 0.1),
  plan('bandit-regret-1', `${regret} 1`, 'times', 'less', 1.05, 1),
  plan('bandit-regret-100', `${regret} 100`, 'times', 'less', 1.05, 1),
  plan('bandit-regret-1000', `${regret} 1,000`, 'times', 'less', 1.05, 1),
  plan('memory', 'router at 60 % of its capacity: the most it held', 'MB', 'less', 300, 200),
];

function plan(
  row: string,
  says: string,
  unit: RowPlan['unit'],
  better: RowPlan['better'],
  must: number,
  aim: number,
): RowPlan {
  return { row, says, unit, better, must, aim };
}

/** CPU ratios hold under contention, so a noisy pair counts for them: `all`. */
export function toRow(name: string, pairs: readonly Pair[], which: 'quiet' | 'all'): Row {
  const found = rowPlans.find(({ row }) => row === name);
  if (!found) throw new Error(`no row is called ${name}`);
  const taken = pairs.filter(({ quiet, value }) => (which === 'all' || quiet) && Number.isFinite(value));
  const values = taken.map(({ value }) => value);
  const ratio = values.length === 0 ? null : threeFigures(median(values));
  const [least, most] = spread(values) ?? [];
  return {
    row: name,
    ratio,
    must: found.must,
    aim: found.aim,
    reached: reachedBy(ratio, found),
    pairs: values.length,
    spread: least === undefined || most === undefined ? null : [threeFigures(least), threeFigures(most)],
  };
}

function reachedBy(ratio: number | null, { better, must, aim }: RowPlan): Row['reached'] {
  if (ratio === null) return 'unknown';
  const reaches = (goal: number): boolean => (better === 'more' ? ratio >= goal : ratio <= goal);
  if (reaches(aim)) return 'aim';
  return reaches(must) ? 'must' : 'nothing';
}
