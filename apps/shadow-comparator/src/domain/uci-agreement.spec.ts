// Two classifiers of five public data sets: the agreement found by comparing answers is the one that a direct count gives, exactly.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, compare, tensor } from './answers.fixture';

const folder = join(__dirname, '..', '..', '..', '..', '..', 'shared', 'datasets', 'uci-classification');
const sets = [
  { name: 'ecoli', labelFirst: false, skip: 1 },
  { name: 'letter-recognition', labelFirst: true, skip: 0 },
  { name: 'optdigits', labelFirst: false, skip: 0 },
  { name: 'pendigits', labelFirst: false, skip: 0 },
  { name: 'satimage', labelFirst: false, skip: 0 },
];

interface Row {
  readonly label: string;
  readonly features: readonly number[];
}

function read(name: string, labelFirst: boolean, skip: number): Row[] {
  return readFileSync(join(folder, `${name}.data`), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line
        .trim()
        .split(/[\s,]+/)
        .slice(skip);
      const label = (labelFirst ? cells.shift() : cells.pop()) ?? '';
      return { label, features: cells.map(Number) };
    });
}

type Classify = (features: readonly number[]) => string;

/** The class whose mean is nearest. */
function nearestMean(rows: readonly Row[]): Classify {
  const means = [...groups(rows)].map(([label, members]) => ({ label, mean: meanOf(members) }));
  return (features) => least(means, ({ mean }) => distance(features, mean)).label;
}

/** Features as independent normal variables of each class. */
function naiveBayes(rows: readonly Row[]): Classify {
  const classes = [...groups(rows)].map(([label, members]) => {
    const mean = meanOf(members);
    const variance = mean.map(
      (m, i) => 1e-3 + members.reduce((sum, { features }) => sum + ((features[i] ?? 0) - m) ** 2, 0) / members.length,
    );
    return { label, mean, variance, prior: Math.log(members.length / rows.length) };
  });
  return (features) =>
    least(classes, ({ mean, variance, prior }) =>
      features.reduce(
        (sum, x, i) => sum + Math.log(variance[i] ?? 1) / 2 + (x - (mean[i] ?? 0)) ** 2 / (2 * (variance[i] ?? 1)),
        -prior,
      ),
    ).label;
}

function groups(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) found.set(row.label, [...(found.get(row.label) ?? []), row].slice(-400));
  return found;
}

const meanOf = (rows: readonly Row[]) =>
  (rows[0]?.features ?? []).map(
    (_, i) => rows.reduce((sum, { features }) => sum + (features[i] ?? 0), 0) / rows.length,
  );
const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0);
const least = <T>(all: readonly T[], of: (one: T) => number): T =>
  all.reduce((best, one) => (of(one) < of(best) ? one : best));

const there = existsSync(folder);
if (!there)
  console.warn('the UCI sets are not beside the repository (../shared/datasets): agreement on them is not tested');

(there ? describe : describe.skip)('two classifiers', () => {
  it.each(sets)('of $name agree as often as counted directly, and flip as counted', ({ name, labelFirst, skip }) => {
    const rows = read(name, labelFirst, skip);
    const even = rows.filter((_, index) => index % 2 === 0);
    const test = rows.filter((_, index) => index % 2 === 1).slice(0, 2_000);
    const [old, fresh] = [nearestMean(even), naiveBayes(even)];
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
