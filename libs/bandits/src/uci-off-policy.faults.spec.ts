// Logs of an even policy over five public classification sets: what off-policy estimates say, beside what is known exactly. Minutes of CPU.
// Sizes: WEIR_BANDIT_SEEDS (default 20).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossFit, type LoggedDecision } from './cross-fit';
import { evaluateOffPolicy } from './off-policy';
import { sharedRoom } from './shared-vectors.fixture';
import { randomFrom, type Random } from './simulation/random';

const seeds = Number(process.env['WEIR_BANDIT_SEEDS'] ?? 20);
const folder = join(sharedRoom, 'datasets/uci-classification');
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

/** Features scaled to 0..1, with a 1 before them. */
function read(name: string, labelFirst: boolean, skip: number): Row[] {
  const lines = readFileSync(join(folder, `${name}.data`), 'utf8').split('\n');
  const rows = lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.trim().split(/[\s,]+/);
      const own = cells.slice(skip);
      const label = (labelFirst ? own.shift() : own.pop()) ?? '';
      return { label, features: own.map(Number) };
    });
  const columns = (rows[0]?.features ?? []).map((_, i) => rows.map(({ features }) => features[i] ?? 0));
  const ranges = columns.map((values) => {
    const [low, high] = values.reduce(
      ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
      [Infinity, -Infinity],
    );
    return { low, width: high > low ? high - low : 1 };
  });
  const scaled = (x: number, i: number) => (x - (ranges[i]?.low ?? 0)) / (ranges[i]?.width ?? 1);
  return rows.map(({ label, features }) => ({ label, features: [1, ...features.map(scaled)] }));
}

/** The class whose mean is nearest, learnt from some of the rows. */
function nearestMean(rows: readonly Row[]): (features: readonly number[]) => string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.label, [...(groups.get(row.label) ?? []), row].slice(-200));
  const means = [...groups].map(([label, members]) => {
    const mean = (members[0]?.features ?? []).map(
      (_, i) => members.reduce((sum, { features }) => sum + (features[i] ?? 0), 0) / members.length,
    );
    return { label, mean };
  });
  const distance = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0);
  return (features) =>
    means.reduce((best, each) => (distance(features, each.mean) < distance(features, best.mean) ? each : best)).label;
}

/** Chooses the classifier's answer nine times in ten, else any. */
function decisionsOf(
  rows: readonly Row[],
  classify: (features: readonly number[]) => string,
  labels: readonly string[],
  random: Random,
) {
  let truth = 0;
  const logged = rows.map((row): LoggedDecision => {
    const answer = classify(row.features);
    const target = Object.fromEntries(
      labels.map((label) => [label, 0.1 / labels.length + (label === answer ? 0.9 : 0)]),
    );
    truth += (target[row.label] ?? 0) / rows.length;
    const arm = labels[Math.floor(random() * labels.length)] ?? '';
    return { reward: arm === row.label ? 1 : 0, propensity: 1 / labels.length, arm, features: row.features, target };
  });
  return { logged, truth };
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const keyed = all.map((each) => ({ each, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ each }) => each);
}

const there = existsSync(folder);
if (!there) console.warn('the UCI sets are not beside the repository (../shared/datasets): off-policy-uci is not run');

(there ? describe : describe.skip)('off-policy-uci: an even log says what a classifier would have earned', () => {
  it('within 2 standard errors in 85 % of seeds, sets and estimators, never beyond 4.5', () => {
    const far: number[] = [];
    const bySet: Record<string, { within: number; of: number; furthest: number; refused: number }> = {};
    for (const { name, labelFirst, skip } of sets) {
      const rows = read(name, labelFirst, skip);
      const labels = [...new Set(rows.map(({ label }) => label))].sort();
      const tally = { within: 0, of: 0, furthest: 0, refused: 0 };
      for (let seed = 1; seed <= seeds; seed += 1) {
        const random = randomFrom(seed);
        const mixed = shuffled(rows, random);
        const half = Math.floor(mixed.length / 2);
        const classify = nearestMean(mixed.slice(0, half));
        const { logged, truth } = decisionsOf(mixed.slice(half), classify, labels, random);
        const found = evaluateOffPolicy(crossFit(logged));
        if (!found.usable) tally.refused += 1;
        for (const estimator of ['ips', 'snips', 'dr'] as const) {
          const errors = Math.abs((found[estimator] ?? NaN) - truth) / (found.standardErrors[estimator] ?? NaN);
          far.push(errors);
          tally.of += 1;
          if (errors <= 2) tally.within += 1;
          tally.furthest = Math.max(tally.furthest, errors);
        }
      }
      bySet[name] = tally;
    }
    console.log(`off-policy over UCI sets, ${seeds} seeds: ${JSON.stringify(bySet)}`);
    expect(far.filter((errors) => errors <= 2).length / far.length).toBeGreaterThanOrEqual(0.85);
    expect(Math.max(...far)).toBeLessThanOrEqual(4.5);
  });
});
