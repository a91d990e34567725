// Two classifiers of five public data sets: the agreement found by comparing answers is the one that a direct count gives, exactly.
import { hasUciSets, leastBy, meanOf, nearestMean, readUciSet, uciClasses, uciSets, type UciRow } from '@weir/testing';
import { answer, compare, tensor } from './answers.fixture';

/** Rows of a class to learn from. */
const learnt = 400;

/** Features as independent normal variables of each class. */
function naiveBayes(rows: readonly UciRow[]): (features: readonly number[]) => string {
  const classes = [...uciClasses(rows, learnt)].map(([label, members]) => {
    const mean = meanOf(members);
    const variance = mean.map(
      (m, i) => 1e-3 + members.reduce((sum, { features }) => sum + ((features[i] ?? 0) - m) ** 2, 0) / members.length,
    );
    return { label, mean, variance, prior: Math.log(members.length / rows.length) };
  });
  return (features) =>
    leastBy(classes, ({ mean, variance, prior }) =>
      features.reduce(
        (sum, x, i) => sum + Math.log(variance[i] ?? 1) / 2 + (x - (mean[i] ?? 0)) ** 2 / (2 * (variance[i] ?? 1)),
        -prior,
      ),
    ).label;
}

if (!hasUciSets)
  console.warn('the UCI sets are not beside the repository (../shared/datasets): agreement on them is not tested');

(hasUciSets ? describe : describe.skip)('two classifiers', () => {
  it.each(uciSets)('of $name agree as often as counted directly, and flip as counted', (set) => {
    const rows = readUciSet(set);
    const even = rows.filter((_, index) => index % 2 === 0);
    const test = rows.filter((_, index) => index % 2 === 1).slice(0, 2_000);
    const [old, fresh] = [nearestMean(even, learnt), naiveBayes(even)];
    const said = test.map(({ features }) => [old(features), fresh(features)] as const);

    let matched = 0;
    const flips = new Map<string, number>();
    for (const [from, to] of said) {
      const [stable, shadow] = [answer(tensor('label', [from])), answer(tensor('label', [to]))];
      const compared = compare(stable, shadow, { outputs: { label: 'label' } });
      if (compared.verdict === 'matched') matched += 1;
      for (const flip of compared.flips['label'] ?? [])
        flips.set(`${flip.from} ${flip.to}`, (flips.get(`${flip.from} ${flip.to}`) ?? 0) + flip.count);
    }
    const direct = said.filter(([a, b]) => a === b).length;
    const pairs = new Map<string, number>();
    for (const [a, b] of said) pairs.set(`${a} ${b}`, (pairs.get(`${a} ${b}`) ?? 0) + 1);

    expect(direct).toBeGreaterThan(test.length / 4); // they are classifiers, and not the same one
    expect(direct).toBeLessThan(test.length);
    expect(matched).toBe(direct);
    expect(flips).toEqual(pairs);

    const batch = (which: 0 | 1) =>
      answer(
        tensor(
          'label',
          said.map((pair) => pair[which]),
        ),
      );
    const together = compare(batch(0), batch(1), { outputs: { label: 'label' } });
    expect(together.outputs['label']).toMatchObject({ differing: test.length - direct, items: test.length });
  });
});
