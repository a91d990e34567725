// Contextual allocation: probabilities that are a formula, of a model that is a function of the outcomes.
import fc from 'fast-check';
import { learnInContext, type ContextOutcome, type ContextState } from './context-state';
import { contextKey, featureCount, featureVector, type Feature } from './features';
import { linearThompsonDraw } from './linear/lin-ucb';
import { addRecord, fitRidge, noRecords, predict } from './linear/ridge';
import { normalDraw, randomFrom } from './simulation/random';
import { compileSquareCb, contextWeights, squareCbWeights, type SquareCbPlan } from './square-cb';

const features: Feature[] = [
  { attribute: 'device', values: ['phone', 'desktop'] },
  { attribute: 'age', from: 20, to: 60 },
];
const halfLifeMs = 3_600_000;
const plan: SquareCbPlan = { arms: ['v1', 'v2'], features, direction: 'up', halfLifeMs, floor: 0.02 };

describe('features', () => {
  it('are 1, a one at the value, and a number within its range', () => {
    expect(featureVector(features, { device: 'desktop', age: '30' })).toEqual([1, 0, 1, 0.25]);
    expect(featureVector(features, { device: 'watch', age: '99' })).toEqual([1, 0, 0, 1]);
    expect(featureVector(features, { age: 'old' })).toEqual([1, 0, 0, 0.5]);
    expect(featureVector([{ attribute: 'toString', values: ['x'] }], {})).toEqual([1, 0]);
    expect(featureCount(features)).toBe(4);
  });

  it('have one key for all attributes that make the same vector', () => {
    const text = fc.constantFrom('phone', 'desktop', 'watch', '', '20', '31', '33.4', 'NaN', '1e9', '-1');
    const attributes = fc.record({ device: text, age: text }, { requiredKeys: [] });
    fc.assert(
      fc.property(attributes, attributes, (a, b) => {
        const same = JSON.stringify(featureVector(features, a)) === JSON.stringify(featureVector(features, b));
        expect(contextKey(features, a) === contextKey(features, b)).toBe(same);
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });
});

describe('SquareCB', () => {
  it('gives 1/(K + gamma gap) to each, and the rest to the best', () => {
    expect(squareCbWeights([0.5, 0.3, 0.1], 10)).toEqual([
      expect.closeTo(1 - 1 / 5 - 1 / 7, 12),
      expect.closeTo(1 / 5, 12),
      expect.closeTo(1 / 7, 12),
    ]);
    expect(squareCbWeights([0.2, 0.2], 100)).toEqual([0.5, 0.5]);
    expect(squareCbWeights([1], 5)).toEqual([1]);
  });

  it('is a distribution for any expectations', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (expected, gamma) => {
          const weights = squareCbWeights(expected, gamma);
          expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-9);
          expect(Math.min(...weights)).toBeGreaterThan(0);
        },
      ),
      { seed: 20_261_123, numRuns: 200 },
    );
  });

  const outcomes = (count: number): ContextOutcome[] => {
    const random = randomFrom(9);
    return Array.from({ length: count }, (_, index) => {
      const [arm, device] = [index % 2 === 0 ? 'v1' : 'v2', random() < 0.5 ? 'phone' : 'desktop'];
      const rate = (arm === 'v1') === (device === 'phone') ? 0.8 : 0.3;
      return { arm, servedAtMs: index * 1_000, attributes: { device, age: '40' }, reward: random() < rate ? 1 : 0 };
    });
  };
  const learnt = (all: readonly ContextOutcome[]) =>
    all.reduce<ContextState>((state, each) => learnInContext(state, each, plan), new Map());

  it('learns that the better arm depends on the context, in either direction, and keeps the floor', () => {
    const state = learnt(outcomes(3_000));
    const up = compileSquareCb(state, plan, 3_000_000);
    const [phone, desktop] = ['phone', 'desktop'].map((device) => contextWeights(up, { device, age: '40' }));
    expect(phone?.['v1']).toBeGreaterThan(0.9);
    expect(desktop?.['v2']).toBeGreaterThan(0.9);
    for (const weights of [phone, desktop]) {
      expect(Math.min(...Object.values(weights ?? {}))).toBeGreaterThanOrEqual(0.02);
      expect(Object.values(weights ?? {}).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    }
    const down = compileSquareCb(state, { ...plan, direction: 'down' }, 3_000_000);
    expect(contextWeights(down, { device: 'phone', age: '40' })['v2']).toBeGreaterThan(0.9);
  });

  it('holds an arm to its cap in every context, and gives the others what is over', () => {
    const capped = compileSquareCb(learnt(outcomes(3_000)), { ...plan, caps: { v1: 0.3 } }, 3_000_000);
    expect(contextWeights(capped, { device: 'phone', age: '40' })).toEqual({
      v1: 0.3,
      v2: expect.closeTo(0.7, 12) as number,
    });
    expect(contextWeights(capped, { device: 'desktop', age: '40' })['v2']).toBeGreaterThan(0.9);
  });

  it('shares evenly before there is any outcome', () => {
    expect(contextWeights(compileSquareCb(new Map(), plan, 0), { device: 'phone' })).toEqual({ v1: 0.5, v2: 0.5 });
  });

  it('is the same bit for bit in any order, and an outcome that is taken away was never there', () => {
    const all = outcomes(200);
    const clean = compileSquareCb(learnt(all), plan, 3_000_000);
    const extra = { ...(all[0] as ContextOutcome), reward: 1 / 3 };
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        const muddled = learnInContext(learnInContext(learnt(shuffled), extra, plan), extra, plan, -1);
        expect(compileSquareCb(muddled, plan, 3_000_000)).toStrictEqual(clean);
      }),
      { seed: 20_261_123, numRuns: 20 },
    );
  });

  it('refuses a reward that is no number', () => {
    const wrong = { arm: 'v1', servedAtMs: 0, attributes: {}, reward: NaN };
    expect(() => learnInContext(new Map(), wrong, plan)).toThrow('reward must be a finite number');
  });
});

it('linear Thompson sampling draws around the model, as widely as the data leave open', () => {
  const random = randomFrom(4);
  const sums = Array.from({ length: 200 }).reduce<ReturnType<typeof noRecords>>((all) => {
    const x = [1, random()];
    return addRecord(all, x, 0.3 + 0.5 * (x[1] ?? 0));
  }, noRecords(2));
  const model = fitRidge(sums, 1e-6);
  const x = [1, 0.4];
  const draws = Array.from({ length: 5_000 }, () =>
    linearThompsonDraw(model, x, 1, [normalDraw(random), normalDraw(random)]),
  );
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  expect(predict(model, x)).toBeCloseTo(0.5, 6);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
});
