// Bins are cut once; whatever comes later has its place in them, and drift is told by what was counted.
import { randomOf } from './numerics/seeded-draws';
import { binItem, binsOf, cutBins } from './drift/frozen-bins';
import { measureDrift } from './measure-drift';

const draws = (count: number, seed: number, of: (uniform: number) => number = (u) => u): number[] => {
  const next = randomOf(seed);
  return Array.from({ length: count }, () => of(next()));
};

function counts(bins: ReturnType<typeof cutBins>, values: readonly (number | string)[]): number[] {
  const found = Array.from({ length: binsOf(bins) }, () => 0);
  for (const value of values) found[binItem(bins, value)] = (found[binItem(bins, value)] ?? 0) + 1;
  return found;
}

describe('frozen bins', () => {
  it('are deciles of numbers with open ends, and one more for what is no number', () => {
    const bins = cutBins(Array.from({ length: 101 }, (_, i) => i));
    expect(bins).toEqual({ edges: [10, 20, 30, 40, 50, 60, 70, 80, 90] });
    expect([-1e9, 9.99, 10, 89, 90, 1e9, NaN, Infinity, 'x'].map((value) => binItem(bins, value))).toEqual([
      ...[0, 0, 1, 8, 9, 9, 10, 10, 10],
    ]);
  });

  it('merge where values are tied, down to one', () => {
    expect(cutBins([...Array.from({ length: 6 }, () => 0), 1, 2, 3, 4, 5])).toEqual({ edges: [0, 1, 2, 3, 4] });
    expect(binsOf(cutBins([5, 5, 5]))).toBe(3);
  });

  it('are the fifty most frequent of texts, whatever their order, and one more for all others', () => {
    const values = Array.from({ length: 60 }, (_, i) => Array.from({ length: 60 - i }, () => `c${i}`)).flat();
    const bins = cutBins(values);
    expect(bins).toEqual(cutBins([...values].reverse()));
    expect(binsOf(bins)).toBe(51);
    expect([binItem(bins, 'c0'), binItem(bins, 'c49'), binItem(bins, 'c50'), binItem(bins, 'new')]).toEqual([
      0, 49, 50, 50,
    ]);
    expect(cutBins([1, 'a', 1])).toEqual({ categories: ['1', 'a'] });
  });
});

describe('drift of what was counted', () => {
  const bins = cutBins(draws(1_000, 1));
  const of = (values: readonly number[]) => counts(bins, values);
  const measured = (reference: number[], current: number[], alpha = 0.01) =>
    measureDrift({ reference: of(reference), current: of(current), ordered: true }, alpha);

  it('is nothing between a version and itself, however often it is looked at: at most 1 of 60 runs at alpha 1 %', () => {
    let alarms = 0;
    for (let run = 0; run < 60; run += 1) {
      const [a, b] = [draws(2_000, 100 + run), draws(2_000, 9_000 + run)];
      const looks = Array.from({ length: 20 }, (_, look) => (look + 1) * 100);
      if (looks.some((n) => measured(a.slice(0, n), b.slice(0, n)).differs)) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });

  it('is found and quantified: values squared', () => {
    const found = measured(
      draws(5_000, 2),
      draws(5_000, 3, (u) => u * u),
    );
    expect(found).toMatchObject({ items: 5_000, differs: true });
    expect(found.distance).toBeGreaterThan(0.2);
    expect(found.distance).toBeLessThan(0.28); // max of sqrt(x) - x is 0.25
    expect(found.psi).toBeGreaterThan(0.25);
    expect(found.bound).toBeLessThan(0.15);
  });

  it('has no bound before a hundred items, and no figure before the first', () => {
    expect(measured(draws(99, 4), draws(99, 5))).toMatchObject({ items: 99, bound: null, differs: false });
    expect(measured([], [])).toEqual({ items: 0, psi: null, distance: null, bound: null, differs: false });
  });

  it('of categories is told by its size alone', () => {
    const found = measureDrift({ reference: [80, 20, 0], current: [60, 20, 20], ordered: false }, 0.01);
    expect(found).toMatchObject({ bound: null, differs: false });
    expect(found.distance).toBeCloseTo(0.2, 12);
  });
});
