// Results, totals and exemplars in Postgres.
import { toJson } from '@weir/service';
import { type EntityManager } from 'typeorm';
import { type Comparison } from '../../domain/comparison';
import { type Exemplar } from '../../domain/exemplar';
import { type Store } from '../../ports';
import { dayOf } from '../../domain/shadowed-stage';
import * as sql from './comparator.sql';

type ComparisonStore = Pick<Store, 'addComparisons' | 'addTotals' | 'addExemplars'>;

export function comparisonStore(tx: EntityManager): ComparisonStore {
  return {
    async addComparisons(comparisons) {
      const known = new Set<Comparison>();
      for (const own of byPlace(comparisons)) {
        const there = await tx.query<{ id: string }[]>(sql.addComparisons, columnsOf(own));
        const ids = new Set(there.map(({ id }) => id));
        for (const one of own) if (ids.has(one.event.predictionId)) known.add(one);
      }
      return known.size === 0 ? comparisons : comparisons.filter((one) => !known.has(one));
    },

    async addTotals(comparisons) {
      await tx.query(sql.addTotals, [toJson(totalsOf(comparisons))]);
      const flips = flipsOf(comparisons);
      if (flips.length > 0) await tx.query(sql.addFlips, [toJson(flips)]);
    },

    async addExemplars(exemplars, most) {
      const least = leastOfEach(exemplars, most);
      await tx.query(sql.addExemplars, [toJson(least)]);
      const attempts = [...new Map(least.map((one) => [`${one.rollout}/${one.attempt}`, one])).values()];
      await tx.query(sql.dropExemplars, [
        attempts.map(({ rollout }) => rollout),
        attempts.map(({ attempt }) => attempt),
        most,
      ]);
    },
  };
}

/** A row, and how often. */
type Sum = Record<string, unknown> & { by: number };

function placeOf({ rollout, attempt = 1, stage, shadow }: Comparison['event']) {
  return { rollout, attempt, stage, shadow };
}

function byPlace(comparisons: readonly Comparison[]): Iterable<[Comparison, ...Comparison[]]> {
  const found = new Map<string, [Comparison, ...Comparison[]]>();
  for (const one of comparisons) {
    const { rollout, attempt = 1, stage, shadow } = one.event;
    const key = `${attempt}/${stage}/${shadow}/${rollout}`;
    const own = found.get(key);
    if (own) own.push(one);
    else found.set(key, [one]);
  }
  return found.values();
}

/** Of one place: one statement with what they have in common, and columns of what they have not. */
function columnsOf(own: readonly [Comparison, ...Comparison[]]): unknown[] {
  const { rollout, attempt = 1, stage, shadow } = own[0].event;
  return [
    ...[rollout, attempt, stage, shadow],
    own.map(({ event }) => dayOf(event.servedAt)),
    own.map(({ event }) => event.predictionId),
    own.map(({ event }) => event.result),
    own.map(({ event }) => event.reason ?? null),
    own.map(({ event }) => event.verdict ?? null),
    own.map(({ answers }) => (answers ? toJson(answers) : null)),
  ];
}

function totalsOf(comparisons: readonly Comparison[]): object[] {
  const sums = new Map<string, Sum>();
  const add = (event: Comparison['event'], counted: string) => {
    const { rollout, attempt = 1, stage, shadow } = event;
    const key = `${rollout}/${attempt}/${stage}/${shadow}/${counted}`;
    const known = sums.get(key);
    if (known) known.by += 1;
    else sums.set(key, { ...placeOf(event), counted, by: 1 });
  };
  for (const { event } of comparisons) {
    const { result, reason, verdict } = event;
    add(event, reason === undefined ? result : `${result}.${reason}`);
    if (verdict !== undefined) add(event, verdict);
    for (const [name, { verdict: judged, difference }] of Object.entries(event.outputs))
      // names that only the shadow chooses would be rows without number
      if (difference !== 'extra') add(event, `output.${name}.${judged}`);
  }
  return [...sums.values()];
}

function flipsOf(comparisons: readonly Comparison[]): object[] {
  const sums = new Map<string, Sum>();
  for (const { event, flips } of comparisons)
    for (const [output, some] of Object.entries(flips))
      for (const { from, to, count } of some) {
        const place = placeOf(event);
        const key = JSON.stringify([place, output, from, to]);
        const known = sums.get(key);
        if (known) known.by += count;
        else sums.set(key, { ...place, output, from, to, by: count });
      }
  return [...sums.values()];
}

/** Nothing goes to the database that could not stay. */
function leastOfEach(exemplars: readonly Exemplar[], most: number): Exemplar[] {
  const kinds = new Map<string, Exemplar[]>();
  for (const one of exemplars) {
    const key = JSON.stringify([one.rollout, one.attempt, one.stage, one.shadow, one.kind]);
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  return [...kinds.values()].flatMap((all) => all.sort((a, b) => a.hash - b.hash).slice(0, most));
}
