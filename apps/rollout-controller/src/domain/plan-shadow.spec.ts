// A shadow stage of a plan.
import { type Metric } from '@weir/contracts';
import { planShadow } from './plan-shadow';
import { trafficFor, type ObservedTraffic } from './plan-traffic';
import { chainOf } from './rollout.fixture';

const none = { n: 0, sum: 0, sumSquares: 0, newUnits: 0, onceN: 0, onceSum: 0 };
/** 50 predictions of 5 new units a second. */
const observed: ObservedTraffic = {
  ...{ rollout: 'r1', baseline: 'v1', sliceBps: 10_000, fromMs: 0, toMs: 100_000 },
  counts: [
    { ...none, metric: 'correct', arm: 'v1', n: 2_500, sum: 2_250, sumSquares: 2_250, onceN: 250 },
    { ...none, metric: 'error-rate', arm: 'v1', n: 5_000, sum: 50, newUnits: 500, onceN: 500, onceSum: 5 },
  ],
};
const metrics: Record<string, Metric> = {
  correct: { type: 'truth', output: 'label', direction: 'up', per: 'prediction', withinMs: 30_000, missing: 'ignore' },
};

const outputs = { label: 'label', score: { absolute: 0.1 } };
function planned(stage: object, seen: ObservedTraffic | null = observed) {
  const spec = chainOf([{ shadow: { compare: { outputs }, ...stage } }]);
  const [shadow] = spec.stages;
  if (shadow?.kind !== 'shadow') throw new Error('a shadow was asked for');
  return planShadow(spec, 0, shadow, { metrics, traffic: trafficFor(seen ?? undefined, 10_000) });
}

it('says how long this traffic takes to give the pairs, in the share of the sample', () => {
  const { pairs, totalMs, warnings } = planned({ sample: '20%', minPairs: 9_000, duration: '10m', maxDuration: '1h' });
  expect(pairs).toMatchObject({ pairsPerSecond: 10, minPairsMs: 900_000, heldBy: 'minPairs' });
  expect(totalMs).toEqual({ median: 900_000, p90: 900_000 });
  expect(warnings).toEqual([]);
});

it('says when each test can have passed, and the least fault that it finds within duration', () => {
  const { pairs } = planned({ duration: '2m', limits: { latencyRatio: 1.5 } });
  const of = (name: string) => pairs.tests.find((test) => test.name === name);
  expect(pairs.tests.map(({ name }) => name)).toEqual(['agreement', 'latency-ratio', 'error-rate-difference']);
  expect(of('agreement')?.acceptedMs).toBeGreaterThan(10_000);
  expect(of('agreement')?.acceptedMs).toBeLessThan(120_000);
  expect(of('agreement')?.finds).toMatch(/^9[0-7](\.\d+)? % of the pairs agree$/);
  expect(of('latency-ratio')?.finds).toMatch(/^1\.[5-9]\d* times the latency$/);
  expect(of('error-rate-difference')?.finds).toMatch(/ % of the calls fail that do not at stable$/);
});

it('warns of what is not passed in time, and why', () => {
  expect(planned({ minPairs: 1_000_000, maxDuration: '1h' })).toMatchObject({
    totalMs: { median: null },
    warnings: ['The shadow is not passed within maxDuration (60 min): 1000000 pairs take 333 min.'],
  });
  const strict = planned({ compare: { outputs, agreement: 0.99999 }, maxDuration: '20m' });
  expect(strict.pairs.heldBy).toBe('agreement');
  expect(strict.warnings[0]).toContain('agreement cannot be shown to hold with this traffic');
});

it('takes duration for the limit where nothing is extended', () => {
  const { warnings } = planned({ minPairs: 60_000, duration: '10m', onInconclusive: 'fail' });
  expect(warnings).toEqual(['The shadow is not passed within duration (10 min): 60000 pairs take 20 min.']);
});

it('counts who was right only in the pairs whose outcomes come, and says where nobody knows yet', () => {
  const guardrails = [{ metric: 'correct', margin: { absolute: 0.02 }, must: 'pass' }];
  const { pairs, warnings } = planned({ guardrails });
  expect(pairs.tests.find(({ name }) => name === 'correct')?.finds).toMatch(/^correct in \d.* % fewer$/);
  expect(warnings).toEqual([]);
  const unknown = planned({ guardrails, limits: { meanDifference: { score: 0.01 } } }, null);
  expect(unknown.warnings).toEqual([
    'Nothing is known yet of the values of mean-difference:score, correct: the time does not count them.',
  ]);
});
