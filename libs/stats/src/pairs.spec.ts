// Paired tests: what they need to find a shift, what they pass, and that they do not fail a version beside itself.
import { intervalOf, judgePairs, breachOf } from './judge-pairs';
import { agreeing, examples, failing, latencies, PairSums, scores, simulate, type Simulation } from './pairs.fixture';

const windows = { windows: 100, pairsPerWindow: 100 };
const seeds = [1, 2, 3, 4, 5];

const found = (simulation: Omit<Simulation, 'windows' | 'pairsPerWindow'>) =>
  seeds.map((seed) => simulate({ ...simulation, ...windows }, seed));

const sumsOf = (values: readonly number[], units = false) => {
  const sums = new PairSums();
  values.forEach((value, index) => sums.add(units ? index % 10 : null, value));
  return sums.totals;
};

const repeated = (value: number, times: number) => Array.from({ length: times }, () => value);

it.each([0, 2_000])('finds that 1 % more labels differ than may (%i units)', (units) => {
  const limits = { ...examples.agreement, test: { ...examples.agreement.test, most: 0.01 } };
  for (const { breach } of found({ limits, draw: agreeing(0.98), units })) expect(breach).not.toBeNull();
});

it.each([0, 2_000])('finds that latency has doubled within three hundred pairs (%i units)', (units) => {
  for (const { breach } of found({ limits: examples.latency, draw: latencies(2), units }))
    expect(breach?.window).toBeLessThan(units === 0 ? 3 : 10);
});

it.each([0, 2_000])('finds that 4 % fail where 1 % more than stable may (%i units)', (units) => {
  for (const { breach } of found({ limits: examples.errors, draw: failing(0.005, 0.04), units }))
    expect(breach).not.toBeNull();
});

it('finds a score that is 2 % off in one of four segments, and says which', () => {
  const limits = { ...examples.score, test: { ...examples.score.test, most: 0.01 } };
  for (const { breach } of found({ limits, draw: scores(0.02), units: 0, segmented: true }))
    expect(breach?.segment).toBe('it');
});

it('finds who is right less often, from the pairs in which only one of both is', () => {
  for (const { breach } of found({ limits: examples.right, draw: failing(0.2, 0.1), units: 2_000 }))
    expect(breach).not.toBeNull();
});

it.each([
  ['agreement', examples.agreement, agreeing(0.998)],
  ['errors', examples.errors, failing(0.001, 0.001)],
  ['latency', examples.latency, latencies(1.1)],
] as const)('passes what is well within its limit: %s', (_name, limits, draw) => {
  for (const { breach, passedAt } of found({ limits, draw, units: 0 })) {
    expect(breach).toBeNull();
    expect(passedAt).toBeLessThan(50);
  }
});

it('passes a version that answers the same as stable to everything', () => {
  const same = sumsOf(repeated(1, 300));
  expect(judgePairs(same, examples.agreement, 1)).toMatchObject({ accepted: true, mean: 1 });
  expect(judgePairs(sumsOf(repeated(0, 300)), examples.score, 1)).toMatchObject({ accepted: true });
});

it('knows nothing without pairs', () => {
  for (const limits of Object.values(examples)) {
    expect(judgePairs(sumsOf([]), limits, 1)).toMatchObject({ accepted: false, mean: null, interval: null });
    expect(breachOf(sumsOf([]), limits, 1)).toBeNull();
  }
});

it('takes ten units that agree a thousand times for ten observations', () => {
  expect(judgePairs(sumsOf(repeated(1, 1_000), true), examples.agreement, 1).accepted).toBe(false);
});

it('lets no pair differ where all must agree', () => {
  const limits = { ...examples.agreement, test: { ...examples.agreement.test, most: 0 } };
  expect(judgePairs(sumsOf(repeated(1, 10)), limits, 1).accepted).toBe(true);
  expect(breachOf(sumsOf([...repeated(1, 10), 0]), limits, 1)).not.toBeNull();
});

it('tells an agreement with an interval that holds it', () => {
  const [low, high] =
    intervalOf(sumsOf([...repeated(1, 980), ...repeated(0, 20)]), examples.agreement.test, 0.05) ?? [];
  expect(low).toBeGreaterThan(0.95);
  expect(low).toBeLessThan(0.98);
  expect(high).toBeGreaterThan(0.98);
  expect(high).toBeLessThan(0.995);
});

it('does not fail a version beside itself', () => {
  for (const units of [0, 2_000])
    for (const [limits, draw] of [
      [examples.agreement, agreeing(0.98)],
      [examples.errors, failing(0.02, 0.02)],
      [examples.latency, latencies(1)],
    ] as const)
      for (const { breach } of found({ limits, draw, units })) expect(breach).toBeNull();
});
