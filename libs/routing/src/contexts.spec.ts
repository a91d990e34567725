// Arms by context: the probability that is recorded is the one of the draw, and a form for other arms than the open ones is not used.
import { type CompiledContext } from '@weir/bandits';
import fc from 'fast-check';
import { performance } from 'node:perf_hooks';
import { decide } from './decide';
import { policyProblem, type RoutingPolicy, type RoutingSlice } from './policy';
import { compile } from './snapshot';

const context: CompiledContext = {
  features: [
    { attribute: 'device', values: ['phone', 'desktop'] },
    { attribute: 'age', from: 18, to: 82 },
  ],
  direction: 'up',
  gamma: 40,
  floor: 0.02,
  models: [
    { arm: 'v1', coefficients: [0.1, 0.2, 0, 0] },
    { arm: 'v2', coefficients: [0.1, 0, 0.2, 0] },
    { arm: 'v3', coefficients: [0.1, 0, 0, 0.1] },
  ],
};
const slice: RoutingSlice = {
  ...{ rollout: 'r-1', stage: 0, step: 0, from: 0, to: 10_000, epoch: 5, salt: 'r-1-salt', assign: 'prediction' },
  ...{ arms: { v1: 3_334, v2: 3_333, v3: 3_333 }, context },
};
const policy: RoutingPolicy = {
  ...{ revision: 12, epoch: 7, stable: 'v1', versions: { v1: {}, v2: {}, v3: {}, v4: {} }, salt: 'model-salt' },
  ...{ slices: [slice], targets: [], lists: {} },
};
const snapshotOf = (some: Partial<RoutingSlice> = {}) => compile({ ...policy, slices: [{ ...slice, ...some }] });

describe('a prediction of a contextual slice', () => {
  it('meets each arm as often as its record says, context by context', () => {
    const snapshot = snapshotOf();
    const contexts: Record<string, string>[] = [{ device: 'phone', age: '30' }, { device: 'desktop' }, {}];
    for (const attributes of contexts) {
      const met: Record<string, number> = {};
      let weights: Readonly<Record<string, number>> = {};
      const count = 20_000;
      for (let index = 0; index < count; index += 1) {
        const decision = decide(snapshot, { predictionId: `p-${index}`, attributes });
        met[decision.arm] = (met[decision.arm] ?? 0) + 1;
        expect(decision.propensity).toBe((decision.weights[decision.arm] ?? 0) / 10_000);
        weights = decision.weights;
      }
      expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBe(10_000);
      for (const [arm, weight] of Object.entries(weights)) {
        const share = weight / 10_000;
        const error = Math.sqrt((share * (1 - share)) / count);
        expect(Math.abs((met[arm] ?? 0) / count - share)).toBeLessThan(4.5 * error);
      }
    }
  });

  it('is weighed by its own context, and has never less than the floor', () => {
    const of = (attributes: Record<string, string>) => decide(snapshotOf(), { predictionId: 'p', attributes }).weights;
    expect(of({ device: 'phone' })['v1']).toBeGreaterThan(6_000);
    expect(of({ device: 'desktop' })['v2']).toBeGreaterThan(6_000);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('device', 'age', 'other'), fc.string()), (attributes) => {
        const weights = of(attributes);
        expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBe(10_000);
        expect(Math.min(...Object.values(weights))).toBeGreaterThanOrEqual(200);
      }),
      { seed: 20_261_123, numRuns: 200 },
    );
  });

  it.each([
    ['closed', { v1: 5_000, v2: 0, v3: 5_000 }],
    ['added', { v1: 2_500, v2: 2_500, v3: 2_500, v4: 2_500 }],
  ])('where an arm was %s since, the weights of the slice hold', (_, arms) => {
    const { weights } = decide(snapshotOf({ arms }), { predictionId: 'p-1', attributes: { device: 'phone' } });
    expect(weights).toEqual(arms);
  });

  it('says of arms that are closed that they have none', () => {
    const two = { ...context, models: context.models.slice(0, 2) };
    const snapshot = snapshotOf({ arms: { v1: 5_000, v2: 5_000, v3: 0 }, context: two });
    const { weights } = decide(snapshot, { predictionId: 'p-1', attributes: { device: 'phone' } });
    expect(weights['v3']).toBe(0);
    expect(weights['v1']).toBeGreaterThan(weights['v2'] ?? NaN);
  });

  it('of a unit keeps its arm while its context stays', () => {
    const snapshot = snapshotOf({ assign: 'unit' });
    const arms = Array.from({ length: 20 }, (_, index) =>
      decide(snapshot, { predictionId: `p-${index}`, unit: 'ada', attributes: { device: 'phone' } }),
    );
    expect(new Set(arms).size).toBe(1);
    expect(arms[0]?.assignment).toBe('unit');
  });

  it('has one decision for each context and arm, so that its text is written once', () => {
    const snapshot = snapshotOf();
    const all = new Set(
      Array.from({ length: 1_000 }, (_, index) =>
        decide(snapshot, {
          predictionId: `p-${index}`,
          attributes: { device: 'phone', age: '31.01', page: `${index}` },
        }),
      ),
    );
    expect(all.size).toBeLessThanOrEqual(3);
  });
});

it('a policy is serviceable with such a slice', () => {
  expect(policyProblem(policy)).toBeUndefined();
});

it('a context that was met before costs little: a change of class only', () => {
  const [plain, contextual] = [snapshotOf({ context: undefined }), snapshotOf()];
  const predictions = Array.from({ length: 2_000 }, (_, index) => ({
    predictionId: `p-${index}`,
    attributes: { device: index % 2 === 0 ? 'phone' : 'desktop', age: String(18 + (index % 60)) },
  }));
  const time = (snapshot: typeof plain): number => {
    const times = Array.from({ length: 7 }, () => {
      const before = performance.now();
      for (const prediction of predictions) decide(snapshot, prediction);
      return performance.now() - before;
    });
    return Math.min(...times);
  };
  expect(time(contextual)).toBeLessThan(20 * time(plain) + 20);
});
