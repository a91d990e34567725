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
      for (const own of alike(comparisons)) {
        const there = await tx.query<{ id: string }[]>(sql.addComparisons, rowsOf(own));
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

/** Those that differ in nothing but their predictions and answers: mostly all of them. */
function alike(comparisons: readonly Comparison[]): Iterable<[Comparison, ...Comparison[]]> {
  const found = new Map<string, [Comparison, ...Comparison[]]>();
  for (const one of comparisons) {
    const { rollout, attempt = 1, stage, shadow, servedAt, result, reason = '', verdict = '' } = one.event;
    const key = `${attempt}/${stage}/${dayOf(servedAt)}/${result}/${reason}/${verdict}/${shadow}/${rollout}`;
    const own = found.get(key);
    if (own) own.push(one);
    else found.set(key, [one]);
  }
  return found.values();
}

/** What they have in common, and text without escapes of what they have not: ids hold no comma, JSON no line break. */
function rowsOf(own: readonly [Comparison, ...Comparison[]]): unknown[] {
  const { rollout, attempt = 1, stage, shadow, servedAt, result, reason, verdict } = own[0].event;
  const answers = own.some((one) => one.answers)
    ? own.map((one) => (one.answers ? toJson(one.answers) : '')).join('\n')
    : null;
  return [
    ...[rollout, attempt, stage, shadow, dayOf(servedAt), result, reason ?? null, verdict ?? null],
    own.map(({ event }) => event.predictionId).join(','),
    answers,
  ];
}

function totalsOf(comparisons: readonly Comparison[]): object[] {
  const places = new Map<string, { readonly place: object; readonly counts: Map<string, number> }>();
  for (const { event } of comparisons) {
    const { rollout, attempt = 1, stage, shadow, result, reason, verdict } = event;
    const key = `${attempt}/${stage}/${shadow}/${rollout}`;
    let known = places.get(key);
    if (!known) places.set(key, (known = { place: placeOf(event), counts: new Map<string, number>() }));
    const { counts } = known;
    addOne(counts, reason === undefined ? result : `${result}.${reason}`);
    if (verdict !== undefined) addOne(counts, verdict);
    for (const name of Object.keys(event.outputs)) {
      const output = event.outputs[name];
      // names that only the shadow chooses would be rows without number
      if (output && output.difference !== 'extra') addOne(counts, `output.${name}.${output.verdict}`);
    }
  }
  return [...places.values()].flatMap(({ place, counts }) =>
    [...counts].map(([counted, by]) => ({ ...place, counted, by })),
  );
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
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
