// What a shadow would take, held against shadows that are drawn.
import { agreeing, examples, failing, latencies, simulate } from './pairs.fixture';
import { planPairs, type PairsQuestion, type QuestionedPairTest } from './plan-pairs';

const agreement: QuestionedPairTest = { name: 'agreement', limits: examples.agreement, must: true, share: 1 };
const errors: QuestionedPairTest = {
  ...{ name: 'error-rate-difference', limits: examples.errors, must: false, share: 1 },
  noise: 2 * 0.01 * 0.99,
};
const latency: QuestionedPairTest = {
  ...{ name: 'latency-ratio', limits: examples.latency, must: true, share: 1 },
  noise: 0.5 * Math.SQRT2,
};

const question = (some: Partial<PairsQuestion> = {}): PairsQuestion => ({
  ...{ durationMs: 600_000, maxDurationMs: 3_600_000, minPairs: 500, pairsPerSecond: 10, unitsPerSecond: 10 },
  tests: [agreement, errors, latency],
  ...some,
});

it('waits for the pairs that are asked for, whatever the tests say', () => {
  const plan = planPairs(question({ minPairs: 20_000 }));
  expect(plan).toMatchObject({ minPairsMs: 2_000_000, totalMs: 2_000_000, heldBy: 'minPairs' });
});

it('ends at its duration where everything is shown before', () => {
  expect(planPairs(question({ pairsPerSecond: 100, unitsPerSecond: 100 }))).toMatchObject({
    totalMs: 600_000,
    heldBy: 'duration',
  });
});

it('does not end where a test cannot pass in time, and says which', () => {
  const plan = planPairs(question({ pairsPerSecond: 0.01, unitsPerSecond: 0.01, minPairs: 10 }));
  expect(plan.totalMs).toBeNull();
  expect(plan.heldBy).toBe('agreement');
});

it('asks nothing of a test whose values nobody knows, and does not wait for it', () => {
  const score: QuestionedPairTest = { name: 'mean-difference:score', limits: examples.score, must: true, share: 1 };
  const plan = planPairs(question({ tests: [score] }));
  expect(plan.tests).toEqual([{ name: 'mean-difference:score', acceptedMs: null, finds: null }]);
  expect(plan.heldBy).toBe('duration');
});

it('finds smaller differences with more pairs, and none below the limit', () => {
  const found = [0.5, 5, 50].map(
    (rate) => planPairs(question({ pairsPerSecond: rate, unitsPerSecond: rate })).tests[0]?.finds ?? Infinity,
  );
  expect(found[0]).toBeGreaterThan(found[1] ?? 0);
  expect(found[1]).toBeGreaterThan(found[2] ?? 0);
  expect(found[2]).toBeGreaterThan(0.02);
});

it('counts only the pairs that have a value: outcomes that come of a tenth take ten times as long', () => {
  const right = (share: number): QuestionedPairTest => ({
    ...{ name: 'correct', limits: { ...examples.right, test: { kind: 'signed', most: 0.02, sign: -1 } }, must: true },
    ...{ share, noise: 0.1 },
  });
  const msOf = (share: number) =>
    planPairs(question({ tests: [right(share)], maxDurationMs: 86_400_000 })).tests[0]?.acceptedMs ?? NaN;
  expect(msOf(0.1) / msOf(1)).toBeGreaterThan(9);
  expect(msOf(0.1) / msOf(1)).toBeLessThan(11);
});

describe('is what drawn shadows show', () => {
  const runs = 20;
  const windowsOf = (ms: number) => Math.round(ms / 1_000);

  it.each([
    ['agreement', agreement, (worse: number) => agreeing(1 - worse)],
    ['failures', errors, (worse: number) => failing(0.01, 0.01 + worse)],
    ['latency', latency, (worse: number) => latencies(Math.exp(worse))],
  ])('of %s: what it finds is found by most, and half as much beyond the limit by few', (_, test, drawnWith) => {
    const asked = question({ durationMs: 60_000, tests: [test] });
    const finds = planPairs(asked).tests[0]?.finds ?? NaN;
    const { most } = test.limits.test;
    const share = (worse: number): number => {
      let found = 0;
      for (let run = 1; run <= runs; run += 1) {
        const { breach } = simulate(
          { limits: test.limits, draw: drawnWith(worse), windows: windowsOf(60_000), pairsPerWindow: 10, units: 0 },
          run,
        );
        if (breach) found += 1;
      }
      return found / runs;
    };
    expect(share(most + 1.3 * (finds - most))).toBeGreaterThanOrEqual(0.6);
    expect(share(most + 0.5 * (finds - most))).toBeLessThanOrEqual(0.4);
  });

  it('of agreement: a candidate that always agrees has passed when it is said to', () => {
    const plan = planPairs(question());
    const { passedAt } = simulate(
      { limits: examples.agreement, draw: agreeing(1), windows: 300, pairsPerWindow: 10, units: 0 },
      1,
    );
    const acceptedMs = plan.tests[0]?.acceptedMs ?? NaN;
    expect(Math.abs(acceptedMs / 1_000 - (passedAt ?? NaN))).toBeLessThanOrEqual(0.05 * (passedAt ?? 0) + 2);
  });
});
