// The measures behind the verdicts, held against their definitions.
import fc from 'fast-check';
import { kendallTau, overlapOf } from './compare-rankings';
import { editDistance, similarityOf } from './compare-texts';
import { parsePath, valuesAt, without } from './json-path';

it('counts Kendall’s tau as all pairs do', () => {
  const orders = fc
    .uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 })
    .chain((a) => fc.shuffledSubarray(a, { minLength: a.length }).map((b) => [a.map(String), b.map(String)] as const));
  fc.assert(
    fc.property(orders, ([a, b]) => {
      let [concordant, all] = [0, 0];
      for (const x of a)
        for (const y of a) {
          if (a.indexOf(x) >= a.indexOf(y)) continue;
          all += 1;
          concordant += b.indexOf(x) < b.indexOf(y) ? 1 : -1;
        }
      expect(kendallTau(a, b)).toBeCloseTo(all === 0 ? 1 : concordant / all, 12);
      expect(kendallTau(a, a)).toBe(1);
      expect(overlapOf(a, b)).toBe(1);
    }),
    { seed: 1, numRuns: 200 },
  );
});

it('counts edits as the recursion that defines them', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀'), maxLength: 6 });
  const slow = (a: readonly string[], b: readonly string[]): number => {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const [x, y] = [a.slice(1), b.slice(1)];
    return a[0] === b[0] ? slow(x, y) : 1 + Math.min(slow(x, y), slow(x, b), slow(a, y));
  };
  fc.assert(
    fc.property(short, short, (a, b) => {
      expect(editDistance([...a], [...b])).toBe(slow([...a], [...b]));
      expect(similarityOf(a, b)).toBe(similarityOf(b, a));
    }),
    { seed: 2, numRuns: 100 },
  );
});

it('compares long texts by their beginning', () => {
  const long = 'x'.repeat(100_000);
  expect(similarityOf(long, `${long}y`)).toBe(1);
  expect(similarityOf('', '')).toBe(1);
});

it('takes places out of a copy', () => {
  const body = { inputs: [{ data: [1, 2], name: 'x' }, { data: 3 }], 'a b': 1 };
  const before = JSON.stringify(body);
  expect(without(body, [parsePath('$.inputs[*].data'), parsePath("$['a b']"), parsePath('$.none.at.all')])).toEqual({
    inputs: [{ data: null, name: 'x' }, { data: null }],
    'a b': null,
  });
  expect(JSON.stringify(body)).toBe(before);
  expect(valuesAt(body, parsePath('$.inputs[*].data'))).toEqual([[1, 2], 3]);
  expect(valuesAt(body, parsePath('$.inputs[1].name'))).toEqual([]);
  expect(valuesAt({}, parsePath('$.__proto__'))).toEqual([]);
});
