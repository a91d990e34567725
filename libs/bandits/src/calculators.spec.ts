// Calculators: defaults, and refusals that name the field.
import fc from 'fast-check';
import { banditWeightsCalculator, type BanditWeightsQuestion } from './calculate-bandit-weights';
import { offPolicyCalculator } from './calculate-off-policy';

describe('bandit-weights', () => {
  const arms = [
    { name: 'v1', alpha: 51, beta: 951 },
    { name: 'v2', alpha: 61, beta: 941 },
  ];
  const asked: BanditWeightsQuestion = { likelihood: 'bernoulli', arms };

  it('fills in what was not asked and repeats it', () => {
    expect(banditWeightsCalculator(asked)).toMatchObject({
      ok: true,
      answer: {
        method: 'Thompson by quadrature',
        likelihood: 'bernoulli',
        direction: 'up',
        mode: 'thompson',
        floor: 0,
      },
    });
  });

  it('of normal means: the chance that the difference is above 0, floors kept, the same in any order', () => {
    const normal: BanditWeightsQuestion = {
      ...{ likelihood: 'normal', floor: 0.1 },
      arms: [
        { name: 'b', mean: 1, standardError: 3 },
        { name: 'a', mean: 0, standardError: 4 },
      ],
    };
    const found = banditWeightsCalculator(normal);
    if (!found.ok) throw new Error(found.message);
    expect(found.answer.probabilityBest['b']).toBeCloseTo(0.579259709, 8);
    expect(found.answer.weights['b']).toBeCloseTo(0.1 + 0.8 * 0.579259709, 8);
    const turned = banditWeightsCalculator({ ...normal, arms: [...normal.arms].reverse() });
    expect(turned).toEqual(found);
  });

  it('where less is better gives the arm with the lowest mean the most', () => {
    for (const mode of ['thompson', 'top-two'] as const) {
      const found = banditWeightsCalculator({
        ...{ likelihood: 'normal', direction: 'down', mode },
        arms: [1, 2, 3].map((mean) => ({ name: `v${mean}`, mean, standardError: 0.5 })),
      });
      if (!found.ok) throw new Error(found.message);
      const { v1 = 0, v2 = 0, v3 = 0 } = found.answer.weights;
      expect(v1).toBeGreaterThanOrEqual(0.45);
      expect(v1).toBeGreaterThan(v2);
      expect(v2).toBeGreaterThan(v3);
    }
  });

  it('answers numbers that sum to 1 for whatever it does not refuse', () => {
    const count = fc.oneof(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), fc.constantFrom(1e-3, 1, 1e15));
    const list = fc.array(fc.tuple(count, count), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        list,
        fc.constantFrom('up', 'down'),
        fc.constantFrom('thompson', 'top-two'),
        (pairs, direction, mode) => {
          const found = banditWeightsCalculator({
            ...{ likelihood: 'bernoulli', direction, mode },
            arms: pairs.map(([alpha, beta], index) => ({ name: `v${index}`, alpha, beta })),
          });
          if (!found.ok) throw new Error(`${found.field} ${found.message}`);
          const weights = Object.values(found.answer.weights);
          expect(weights.every((weight) => weight >= 0 && weight <= 1 + 1e-12)).toBe(true);
          expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-6);
        },
      ),
      { seed: 20_261_123, numRuns: 100 },
    );
  });

  it.each([
    ['arms', { arms: [] }],
    ['arms.1.alpha', { arms: [arms[0], { name: 'v2', alpha: 0, beta: 1 }] }],
    ['arms.1.alpha', { arms: [arms[0], { name: 'v2', alpha: NaN, beta: 1 }] }],
    ['arms.1.beta', { arms: [arms[0], { name: 'v2', alpha: 1, beta: -1 }] }],
    ['arms.1.name', { arms: [arms[0], arms[0]] }],
    ['arms.0.mean', { likelihood: 'normal', arms: [{ name: 'v1', mean: NaN, standardError: 1 }] }],
    ['arms.0.standardError', { likelihood: 'normal', arms: [{ name: 'v1', mean: 0, standardError: 0 }] }],
    ['floor', { floor: -0.1 }],
    ['floor', { floor: 1 }],
    ['floor', { floor: NaN }],
    ['mode', { mode: 'greedy' }],
    ['direction', { direction: 'sideways' }],
    ['likelihood', { likelihood: 'poisson' }],
  ])('names %s in %j', (field, wrong) => {
    expect(banditWeightsCalculator({ ...asked, ...wrong } as BanditWeightsQuestion)).toMatchObject({
      ok: false,
      field,
    });
  });
});

describe('off-policy', () => {
  const row = { reward: 1, propensity: 0.5, targetProbability: 0.5 };

  it('repeats what was asked, and gives dr where each row has a prediction', () => {
    expect(offPolicyCalculator({ rows: [row, row] })).toMatchObject({
      answer: { method: 'inverse propensities', rows: 2, clip: null, ips: 1, snips: 1, usable: false },
    });
    const predicted = { ...row, predicted: 0.5, predictedTarget: 0.4 };
    const found = offPolicyCalculator({ rows: [predicted, predicted], clip: 0.5 });
    expect(found).toMatchObject({ answer: { clip: 0.5, clipped: 2, dr: expect.closeTo(0.65, 12) as number } });
  });

  it.each([
    ['rows', { rows: [] }],
    ['rows', { rows: [{ ...row, targetProbability: 0 }] }],
    ['rows.1.reward', { rows: [row, { ...row, reward: NaN }] }],
    ['rows.0.propensity', { rows: [{ ...row, propensity: 0 }] }],
    ['rows.0.propensity', { rows: [{ ...row, propensity: 1.1 }] }],
    ['rows.0.targetProbability', { rows: [{ ...row, targetProbability: -0.1 }] }],
    ['rows.1.predicted', { rows: [{ ...row, predicted: 1, predictedTarget: 1 }, row] }],
    ['rows.0.predictedTarget', { rows: [{ ...row, predicted: 1 }] }],
    ['clip', { rows: [row], clip: 0 }],
  ])('names %s in %j', (field, question) => {
    expect(offPolicyCalculator(question)).toMatchObject({ ok: false, field });
  });
});
