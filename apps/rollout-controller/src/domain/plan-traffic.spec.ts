// The traffic that a plan is made for, and the stage that is planned with it.
import { canaryOf } from './rollout.fixture';
import { planStage as planInSlices } from './plan-stage';
import { trafficFor, type ObservedTraffic } from './plan-traffic';

const none = { n: 0, sum: 0, sumSquares: 0, newUnits: 0, onceN: 0, onceSum: 0 };
const observed: ObservedTraffic = {
  rollout: 'r1',
  baseline: 'v1',
  sliceBps: 5_000,
  fromMs: 0,
  toMs: 100_000,
  counts: [
    { ...none, metric: 'correct', arm: 'v1', n: 4_000, sum: 3_600, sumSquares: 3_600, onceN: 450 },
    { ...none, metric: 'error-rate', arm: 'v1', n: 9_000, sum: 90, newUnits: 900, onceN: 900, onceSum: 9 },
    { ...none, metric: 'error-rate', arm: 'v2', n: 1_000, sum: 500, newUnits: 100, onceN: 100, onceSum: 50 },
    { ...none, metric: 'latency', arm: 'v1', n: 9_000, sum: 1 },
  ],
};

it('is as the latest rollout saw it, in the share of the slice; what stable is like is stable’s', () => {
  const { told, stable } = trafficFor(observed, 10_000);
  expect(told).toMatchObject({ source: 'observed', predictionsPerSecond: 200, unitsPerSecond: 20, errorRate: 0.01 });
  expect(stable.metrics).toEqual({ correct: { mean: 0.9, deviation: expect.closeTo(0.3, 9) as number, share: 0.5 } });
});

it('knows of a ratio what units’ sums say, and of a value how units vary rather than predictions', () => {
  const ofUnits = { n: 500, y: 1_000, d: 2_000, yy: 5_000, yd: 5_000, dd: 10_000 };
  const row = { ...none, metric: 'per-view', arm: 'v1', n: 2_000, sum: 1_000, sumSquares: 4_000, unitSums: ofUnits };
  const { stable } = trafficFor({ ...observed, counts: [...observed.counts, row] }, 10_000);
  // residuals 5,000 - 5,000 + 2,500 over 500 units with 4 views each
  expect(stable.metrics['per-view']).toEqual({
    ...{ mean: 0.5, share: expect.closeTo(5 / 9, 9) as number },
    deviation: expect.closeTo(Math.sqrt((500 / 499) * (2_500 / 500)) / 4, 9) as number,
  });
});

it.each([
  ['no evidence', undefined],
  ['an instant of it', { ...observed, toMs: 0 }],
  ['windows without units', { ...observed, counts: [] }],
])('is assumed with %s, and says so', (_what, seen) => {
  const { told } = trafficFor(seen, 10_000);
  expect(told.source).toBe('assumed');
  expect(told.sentence).toContain('are assumed');
});

function planStage(...of: Parameters<typeof planInSlices>) {
  const slices = planInSlices(...of);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

const around = { baseline: 'v1', metrics: {}, traffic: trafficFor(observed, 10_000), sound: true };
const guardrails = [{ metric: 'error-rate', margin: { ratio: 1.2 } }];

it('says what each step takes, and nothing of one that waits for a person', () => {
  const spec = canaryOf({ steps: ['10%', { weight: '30%', hold: 'manual' }], every: '1m', guardrails });
  const { planned } = planStage(spec, 0, around);
  expect(planned.steps.map(({ leastMs, expected }) => [leastMs, expected !== null])).toEqual([
    [60_000, true],
    [null, false],
  ]);
  expect(planned.steps[0]?.expected?.ms.median).toBeGreaterThanOrEqual(60_000);
  expect([planned.totalMs, planned.detection.map(({ metric }) => metric)]).toEqual([null, ['error-rate']]);
});

it('takes the time of a step that has its own', () => {
  const steps = ['5%', { weight: '10%', hold: '7m' }];
  const { planned } = planStage(canaryOf({ steps, every: '1m', minUnits: 0, guardrails }), 0, around);
  expect(planned.steps.map(({ leastMs, expected }) => [leastMs, expected?.ms.median])).toEqual([
    [60_000, 60_000],
    [420_000, 420_000],
  ]);
  expect(planned.totalMs?.median).toBe(480_000);
});

it('warns where the traffic cannot show the margins', () => {
  const thin = {
    ...around.traffic,
    told: { ...around.traffic.told, unitsPerSecond: 0.001, predictionsPerSecond: 0.001 },
  };
  const spec = canaryOf({ steps: ['10%'], advance: 'evidence', maxStep: '1h', guardrails });
  expect(planStage(spec, 0, { ...around, traffic: thin }).warnings.length).toBeGreaterThan(0);
});

it('simulates nothing for a manifest that has problems', () => {
  const { planned, warnings } = planStage(canaryOf({ guardrails }), 0, { ...around, sound: false });
  expect([planned.steps.every(({ expected }) => expected === null), warnings]).toEqual([true, []]);
});
