// The calculators two-sample, power and drift where numbers are extreme, and refusals that name the field.
import fc from 'fast-check';
import { driftCalculator, type DriftMethod, type DriftQuestion } from './calculate-drift';
import { powerCalculator } from './calculate-power';
import { twoSampleCalculator, type TwoSampleQuestion } from './calculate-two-sample';
import { type MeanArm, type ProportionArm } from './compared-arms';
import { type PowerQuestion } from './power-question';
import { answerOf } from './shared-vectors.fixture';

const seed = 20_261_123;

describe('two-sample', () => {
  const asked: TwoSampleQuestion = {
    metric: 'mean',
    arms: [
      { name: 'v1', n: 50, mean: 2, variance: 1 },
      { name: 'v2', n: 80, mean: 2.5, variance: 3 },
    ],
    baseline: 'v1',
  };
  const compared = (more: Partial<TwoSampleQuestion>) => {
    const [comparison] = answerOf(twoSampleCalculator({ ...asked, ...more })).comparisons;
    if (!comparison) throw new Error('nothing was compared');
    return comparison;
  };
  const means = (a: Partial<MeanArm>, b: Partial<MeanArm>): MeanArm[] => [
    { name: 'v1', n: 50, mean: 2, variance: 1, ...a },
    { name: 'v2', n: 50, mean: 2, variance: 1, ...b },
  ];
  const rates = (a: [number, number], b: [number, number]): ProportionArm[] => [
    { name: 'v1', successes: a[0], n: a[1] },
    { name: 'v2', successes: b[0], n: b[1] },
  ];

  it('fills in what was not asked and repeats it', () => {
    expect(twoSampleCalculator(asked)).toMatchObject({
      answer: { method: 'Welch t', metric: 'mean', baseline: 'v1', alpha: 0.05, alternative: 'two-sided' },
    });
  });

  it('finds nothing where nothing differs nor varies, and everything where something differs that does not vary', () => {
    const alike = compared({ arms: means({ variance: 0 }, { variance: 0 }) });
    expect(alike).toMatchObject({ statistic: 0, pValue: 1, interval: [0, 0], degreesOfFreedom: 98 });
    const apart = compared({ arms: means({ variance: 0 }, { mean: 3, variance: 0 }) });
    expect(apart).toMatchObject({ pValue: 0, interval: [1, 1], statistic: Number.MAX_VALUE });
    const less = compared({ arms: means({ variance: 0 }, { mean: 3, variance: 0 }), alternative: 'less' });
    expect(less).toMatchObject({ pValue: 1, interval: [null, 1] });
  });

  it('takes one arm that does not vary: the degrees of freedom are the other one’s', () => {
    expect(compared({ arms: means({ variance: 0 }, { mean: 2.1 }) }).degreesOfFreedom).toBeCloseTo(49, 9);
  });

  it('keeps the digits of a p value far below what a double tells from 0 beside 1', () => {
    const { pValue } = compared({ arms: means({ n: 1e9 }, { n: 1e9, mean: 2 + 37 * Math.sqrt(2e-9) }) });
    expect(pValue / (2 * 5.7256e-300)).toBeCloseTo(1, 2);
  });

  it('does not overflow with the greatest and the least numbers', () => {
    const huge = compared({ arms: means({ mean: 1e150, variance: 1e300 }, { mean: 2e150, variance: 1e300 }) });
    expect(huge.relative).toMatchObject({ difference: 1 });
    expect(huge.relative.pValue).toBeLessThan(1);
    const tiny = compared({ arms: means({ mean: 1e-150, variance: 1e-300 }, { mean: 2e-150, variance: 1e-300 }) });
    expect(tiny.relative.standardError).toBeCloseTo(huge.relative.standardError, 12);
    expect(compared({ arms: means({ n: 2 ** 50 }, { n: 2 ** 50, mean: 2.0000001 }) }).pValue).toBeLessThan(0.05);
  });

  it('is relative to the size of a baseline below 0', () => {
    const { relative } = compared({ arms: means({ mean: -2 }, { mean: -1 }) });
    expect(relative.difference).toBe(0.5);
    expect(relative.pValue).toBeLessThan(0.01);
  });

  it('is the same in both directions, by one sign', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 900 }), fc.integer({ min: 1, max: 500 }), (n, successes) => {
        const here = rates([250, 500], [Math.min(n, successes), n]);
        const there = rates([250, 500], [n - Math.min(n, successes), n]);
        const up = compared({ metric: 'proportion', arms: here, alternative: 'greater' });
        const down = compared({ metric: 'proportion', arms: there, alternative: 'less' });
        expect(down.pValue).toBeCloseTo(up.pValue, 12);
        expect(down.interval[1]).toBeCloseTo(-(up.interval[0] ?? NaN), 12);
      }),
      { seed },
    );
  });

  it('takes one unit in an arm of a proportion, of which nothing varies', () => {
    const { relative } = compared({ metric: 'proportion', arms: rates([5, 10], [1, 1]) });
    expect(relative.pValue).toBeGreaterThan(0.001);
    expect(Number.isFinite(relative.interval[0])).toBe(true);
    expect(compared({ metric: 'proportion', arms: rates([1, 1], [0, 1]) }).relative.pValue).toBeLessThan(1e-300);
  });

  it('refuses an arm that is too far from the baseline for doubles', () => {
    const far = { ...asked, arms: means({ mean: 1e-300 }, { mean: 1e300 }) };
    expect(twoSampleCalculator(far)).toMatchObject({ ok: false, field: 'arms.1' });
  });

  it('keeps the interval of proportions between -1 and 1 and around the difference', () => {
    const none = compared({ metric: 'proportion', arms: rates([1, 1], [0, 1]) });
    const [low, high] = none.interval;
    expect([none.difference, low]).toEqual([-1, -1]);
    expect(high).toBeGreaterThan(-1);
    const all = compared({ metric: 'proportion', arms: rates([9, 9], [9, 9]) });
    expect(all).toMatchObject({ difference: 0, statistic: 0, pValue: 1 });
    expect(all.interval[0]).toBeCloseTo(-(all.interval[1] ?? NaN), 12);
    const many = compared({ metric: 'proportion', arms: rates([1, 1e15], [2, 1e15]) });
    expect(many.interval[0]).toBeLessThan(many.difference);
    expect(many.interval[1]).toBeGreaterThan(many.difference);
  });

  it.each([
    ['arms.0.n', { arms: means({ n: 1 }, {}) }],
    ['arms.1.n', { arms: means({}, { n: 0 }) }],
    ['arms.1.n', { metric: 'proportion' as const, arms: rates([1, 2], [0, 0]) }],
    ['arms.1.successes', { metric: 'proportion' as const, arms: rates([1, 2], [3, 2]) }],
    ['arms.0.successes', { metric: 'proportion' as const, arms: rates([0, 2], [1, 2]) }],
    ['arms.0.mean', { arms: means({ mean: 0 }, {}) }],
    ['arms.1.mean', { arms: means({}, { mean: NaN }) }],
    ['arms.1.variance', { arms: means({}, { variance: -1 }) }],
    ['arms', { arms: means({}, {}).slice(0, 1) }],
    ['arms', { arms: means({ name: 'v2' }, {}) }],
    ['baseline', { baseline: 'v3' }],
    ['alpha', { alpha: 0 }],
    ['alpha', { alpha: 1 }],
  ])('refuses a wrong %s by its name', (field, wrong) => {
    expect(twoSampleCalculator({ ...asked, ...wrong })).toMatchObject({ ok: false, field });
  });
});

describe('power', () => {
  const asked: PowerQuestion = { metric: 'mean', baseline: { mean: 10, variance: 4 }, effect: 0.3, power: 0.8 };
  const rate: PowerQuestion = { metric: 'proportion', baseline: { rate: 0.1 }, effect: 0.02, power: 0.8 };
  const sized = (question: PowerQuestion) => answerOf(powerCalculator(question));

  it.each([asked, rate, { ...rate, effect: -0.02 }, { ...asked, alternative: 'greater' as const, alpha: 0.01 }])(
    'takes the least size that has the power, and finds no smaller effect with it: %j',
    (question) => {
      const { unitsPerArm, minimumDetectableEffect } = sized(question);
      const powerOf = (units: number): number => sized({ ...question, power: undefined, unitsPerArm: units }).power;
      expect(powerOf(unitsPerArm)).toBeGreaterThanOrEqual(0.8);
      expect(powerOf(unitsPerArm - 1)).toBeLessThan(0.8);
      expect((minimumDetectableEffect ?? NaN) / (question.effect ?? NaN)).toBeCloseTo(1, 2);
      const again = { ...question, effect: minimumDetectableEffect ?? NaN, power: undefined, unitsPerArm };
      expect(sized(again).power).toBeCloseTo(0.8, 9);
    },
  );

  it('answers the effect when size and power are given', () => {
    const { effect, minimumDetectableEffect, totalUnits } = sized({
      ...asked,
      effect: undefined,
      unitsPerArm: 700,
      arms: 3,
    });
    expect(effect).toBe(minimumDetectableEffect);
    expect(effect).toBeCloseTo(0.3, 2);
    expect(totalUnits).toBe(2_100);
  });

  it('says that no rate is far enough away', () => {
    expect(sized({ ...rate, effect: undefined, unitsPerArm: 3, alternative: 'less' }).effect).toBeNull();
  });

  it('is alpha where nothing differs, split or not', () => {
    expect(sized({ ...asked, effect: 0, power: undefined, unitsPerArm: 50 }).power).toBeCloseTo(0.05, 9);
    expect(sized({ ...rate, effect: 0, power: undefined, unitsPerArm: 50, alternative: 'less' }).power).toBeCloseTo(
      0.05,
      9,
    );
  });

  it('a sequential plan asks when the path crosses, and errs at most alpha over its whole length', () => {
    const plan = sized({ ...asked, sequential: true });
    expect(plan).toMatchObject({ power: 0.8, looks: 200, plannedUnits: 2 * plan.unitsPerArm });
    expect(plan.crossByHorizon).toBeCloseTo(0.8, 3);
    expect(plan.rejectAtHorizon).toBeLessThan(0.75);
    expect(plan.expectedStop).toBeLessThan(0.7 * plan.unitsPerArm);
    const own = sized({ ...asked, sequential: true, plannedUnits: 200 });
    expect(own.unitsPerArm).toBeGreaterThan(plan.unitsPerArm);
    expect(own.crossByHorizon).toBeCloseTo(0.8, 3);
    const none = sized({ ...asked, effect: 0, power: undefined, unitsPerArm: 500, sequential: true });
    expect(none.crossByHorizon).toBeLessThan(0.05);
  });

  it('of a sequence that is tuned to far more units than come is small, and soon computed', () => {
    const plan = { ...asked, power: undefined, unitsPerArm: 100, sequential: true, plannedUnits: 1e9 };
    expect(sized(plan).crossByHorizon).toBeLessThan(1e-6);
    expect(sized({ ...plan, effect: 20 }).crossByHorizon).toBeGreaterThan(0);
  });

  it('of a sequential plan is the same in both directions, by one sign', () => {
    const up = sized({ ...asked, sequential: true, alternative: 'greater' });
    const down = sized({ ...asked, effect: -0.3, sequential: true, alternative: 'less' });
    expect(down.unitsPerArm).toBe(up.unitsPerArm);
    expect(down.minimumDetectableEffect).toBeCloseTo(-(up.minimumDetectableEffect ?? NaN), 12);
    const wrong = { ...asked, effect: -0.3, power: undefined, unitsPerArm: 700, sequential: true };
    expect(sized({ ...wrong, alternative: 'greater' }).crossByHorizon).toBeLessThan(0.01);
  });

  it.each<[string, Partial<PowerQuestion>]>([
    ['power', { power: undefined }],
    ['unitsPerArm', { unitsPerArm: 10 }],
    ['effect', { effect: undefined }],
    ['effect', { effect: 0 }],
    ['effect', { alternative: 'less' }],
    ['effect', { effect: 1e-12 }],
    ['power', { power: 1 }],
    ['power', { power: 0.05 }],
    ['alpha', { alpha: 1.5 }],
    ['alpha', { alpha: 0.5, sequential: true, alternative: 'greater' }],
    ['arms', { arms: 1 }],
    ['plannedUnits', { plannedUnits: 100 }],
    ['plannedUnits', { plannedUnits: -1, sequential: true }],
    ['unitsPerArm', { unitsPerArm: 1.5, power: undefined }],
    ['baseline', { metric: 'proportion' }],
    ['baseline.variance', { baseline: { mean: 1, variance: -1 } }],
    ['baseline.mean', { baseline: { mean: NaN, variance: 1 } }],
    ['baseline.rate', { metric: 'proportion', baseline: { rate: 1.5 } }],
    ['effect', { metric: 'proportion', baseline: { rate: 0.9 } }],
  ])('refuses a wrong %s by its name: %j', (field, wrong) => {
    expect(powerCalculator({ ...asked, ...wrong })).toMatchObject({ ok: false, field });
  });
});

describe('drift', () => {
  const methods: DriftMethod[] = ['psi', 'ks', 'hellinger', 'jensen-shannon', 'wasserstein'];
  const drift = (question: DriftQuestion) => answerOf(driftCalculator(question));
  const edges = [0, 1, 2, 4];

  it.each(methods)('%s is 0 between a sample and itself, of values and of counts', (method) => {
    const reference = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(drift({ reference, current: [...reference].reverse(), method })).toMatchObject({ method, value: 0 });
    const counts = { edges, counts: [5, 0, 7] };
    expect(drift({ reference: counts, current: counts, method })).toEqual({ method, value: 0, bins: 3 });
  });

  it('is as far as it can be between samples that have nothing in common', () => {
    const apart = { reference: [1, 2, 3], current: [1001, 1002, 1003] };
    const far = (method: DriftMethod) => drift({ ...apart, method, bins: 2 });
    expect(far('ks')).toEqual({ method: 'ks', value: 1, pValue: expect.closeTo(0.1, 12) as number });
    expect(far('wasserstein').value).toBe(1000);
    const counts = { reference: { edges, counts: [9, 0, 0] }, current: { edges, counts: [0, 0, 3] } };
    expect(drift({ ...counts, method: 'hellinger' }).value).toBe(1);
    expect(drift({ ...counts, method: 'jensen-shannon' }).value).toBe(1);
    expect(drift({ ...counts, method: 'wasserstein' }).value).toBe(2.5);
    expect(drift({ ...counts, method: 'ks' })).toEqual({ method: 'ks', value: 1, bins: 3 });
  });

  it('cuts at the quantiles of the reference, merges ties and leaves the ends open', () => {
    const tied = [0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
    expect(drift({ reference: tied, current: [-5, 99], method: 'psi' }).bins).toBe(5);
    const [reference, current] = [Array.from({ length: 100 }, (_, k) => k), [-1e9, 1e9]];
    // half of the mass in each end bin: 2 (0.5 - 0.1) ln 5 and eight bins of 0.1 that became empty
    const expected = 2 * 0.4 * Math.log(5) + 8 * (0.1 - 1e-4) * Math.log(1000);
    expect(drift({ reference, current, method: 'psi' }).value).toBeCloseTo(expected, 12);
  });

  it('takes one value, and open ends of counts', () => {
    expect(drift({ reference: [1], current: [2], method: 'ks' })).toEqual({ method: 'ks', value: 1, pValue: 1 });
    const open = { reference: { edges: [5], counts: [1, 1] }, current: { edges: [5], counts: [1, 3] } };
    expect(drift({ ...open, method: 'ks' }).value).toBe(0.25);
  });

  it('keeps the digits of a very small p, and falls back to the limit where paths are too many', () => {
    const shifted = (n: number, by: number): number[] => Array.from({ length: n }, (_, k) => k / n + by);
    const small = drift({ reference: shifted(600, 0), current: shifted(600, 0.9), method: 'ks' });
    expect(small.pValue).toBeGreaterThan(0);
    expect(small.pValue).toBeLessThan(1e-200);
    const many = drift({ reference: shifted(60_000, 0), current: shifted(60_000, 0.01), method: 'ks' });
    expect(many.pValue).toBeCloseTo(2 * Math.exp(-2 * 30_000 * 0.01 ** 2), 3);
  });

  const reference = [1, 2, 3];
  it.each<[string, object]>([
    ['reference', { reference: [] }],
    ['current', { current: [] }],
    ['current.1', { current: [1, NaN] }],
    ['bins', { bins: 1 }],
    ['bins', { bins: 2.5 }],
    ['method', { method: 'guess' }],
    ['current', { current: { edges, counts: [1, 2, 3] } }],
    ['reference.counts.1', { reference: { edges, counts: [1, -2, 3] }, current: { edges, counts: [1, 2, 3] } }],
    ['reference.counts', { reference: { edges, counts: [0, 0, 0] }, current: { edges, counts: [1, 2, 3] } }],
    ['current.edges', { reference: { edges, counts: [1, 2, 3] }, current: { edges: [0, 1, 2, 5], counts: [1, 2, 3] } }],
    ['current.edges', { reference: { edges, counts: [1, 2, 3] }, current: { edges, counts: [1, 2] } }],
    [
      'reference.edges.2',
      { reference: { edges: [0, 2, 1, 4], counts: [1, 2, 3] }, current: { edges, counts: [1, 2, 3] } },
    ],
    [
      'reference.edges',
      { method: 'wasserstein', reference: { edges: [5], counts: [1, 1] }, current: { edges: [5], counts: [1, 1] } },
    ],
  ])('refuses a wrong %s by its name: %j', (field, wrong) => {
    const asked = { reference, current: reference, method: 'ks', ...wrong } as DriftQuestion;
    expect(driftCalculator(asked)).toMatchObject({ ok: false, field });
  });
});
