// Logs of an even policy over five public classification sets: what off-policy estimates say, beside what is known exactly. Minutes of CPU.
// Sizes: WEIR_BANDIT_SEEDS (default 20).
import { hasUciSets, nearestMean, readUciSet, uciSets, type UciRow, type UciSet } from '@weir/testing';
import { crossFit, type LoggedDecision } from './cross-fit';
import { evaluateOffPolicy } from './off-policy';
import { randomFrom, type Random } from './simulation/random';

const seeds = Number(process.env['WEIR_BANDIT_SEEDS'] ?? 20);
/** Rows of a class to learn from. */
const learnt = 200;

/** Features scaled to 0..1, with a 1 before them. */
function scaledRows(set: UciSet): UciRow[] {
  const rows = readUciSet(set);
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

/** Chooses the classifier's answer nine times in ten, else any. */
function decisionsOf(
  rows: readonly UciRow[],
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

if (!hasUciSets)
  console.warn('the UCI sets are not beside the repository (../shared/datasets): off-policy-uci is not run');

(hasUciSets ? describe : describe.skip)('off-policy-uci: an even log says what a classifier would have earned', () => {
  it('within 2 standard errors in 85 % of seeds, sets and estimators, never beyond 4.5', () => {
    const far: number[] = [];
    const bySet: Record<string, { within: number; of: number; furthest: number; refused: number }> = {};
    for (const set of uciSets) {
      const rows = scaledRows(set);
      const labels = [...new Set(rows.map(({ label }) => label))].sort();
      const tally = { within: 0, of: 0, furthest: 0, refused: 0 };
      for (let seed = 1; seed <= seeds; seed += 1) {
        const random = randomFrom(seed);
        const mixed = shuffled(rows, random);
        const half = Math.floor(mixed.length / 2);
        const classify = nearestMean(mixed.slice(0, half), learnt);
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
      bySet[set.name] = tally;
    }
    console.log(`off-policy over UCI sets, ${seeds} seeds: ${JSON.stringify(bySet)}`);
    expect(far.filter((errors) => errors <= 2).length / far.length).toBeGreaterThanOrEqual(0.85);
    expect(Math.max(...far)).toBeLessThanOrEqual(4.5);
  });
});
