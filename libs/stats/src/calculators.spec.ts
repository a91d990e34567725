// Calculators: defaults, and refusals that name the field.
import { guardrailCalculator } from './calculate-guardrail';
import { srmCalculator } from './calculate-sample-ratio';
import { sequentialCalculator, type SequentialQuestion } from './calculate-sequential';

describe('guardrail', () => {
  const asked = { share: 0.1, candidateErrors: 12, totalErrors: 30 };

  it('fills in what was not asked, repeats it, and tells harm from acceptance', () => {
    expect(guardrailCalculator(asked)).toMatchObject({
      ok: true,
      answer: {
        method: 'label e-process',
        margin: 1,
        concentration: 10,
        oneSided: true,
        side: 'harm',
        alpha: 0.01,
        threshold: 100,
        theta0: 0.1,
        breached: true,
        accepted: false,
      },
    });
    expect(guardrailCalculator({ ...asked, side: 'acceptance', margin: 100 })).toMatchObject({
      answer: { breached: false, accepted: true },
    });
    expect(guardrailCalculator({ share: 0.1, candidateErrors: 0, totalErrors: 0 })).toMatchObject({
      answer: { eValue: 1 },
    });
  });

  it.each([
    ['share', { share: 0 }],
    ['share', { share: NaN }],
    ['margin', { margin: -1 }],
    ['candidateErrors', { candidateErrors: -1 }],
    ['candidateErrors', { candidateErrors: 31 }],
    ['totalErrors', { totalErrors: 1.5 }],
    ['concentration', { concentration: Infinity }],
    ['oneSided', { oneSided: false, side: 'acceptance' as const }],
    ['alpha', { alpha: 1 }],
  ])('refuses a wrong %s by its name', (field, wrong) => {
    expect(guardrailCalculator({ ...asked, ...wrong })).toMatchObject({ ok: false, field });
  });
});

describe('srm', () => {
  const arms = [
    { name: 'a', weight: 1, units: 500 },
    { name: 'b', weight: 1, units: 505 },
    { name: 'c', weight: 0, units: 0 },
  ];

  it('leaves an arm of weight 0 out of the test, and calls units in it a leak', () => {
    expect(srmCalculator({ arms, method: 'chi-square' })).toMatchObject({
      answer: { degreesOfFreedom: 1, mismatch: false, leak: false },
    });
    const leaking = arms.map((arm) => (arm.name === 'c' ? { ...arm, units: 1 } : arm));
    expect(srmCalculator({ arms: leaking, method: 'sequential' })).toMatchObject({
      answer: { mismatch: false, leak: true },
    });
  });

  it.each([
    ['arms.1.units', arms.map((arm, index) => (index === 1 ? { ...arm, units: -1 } : arm))],
    ['arms.0.weight', arms.map((arm, index) => (index === 0 ? { ...arm, weight: NaN } : arm))],
    ['arms', arms.map((arm) => ({ ...arm, weight: 0 }))],
  ])('refuses a wrong %s by its name', (field, wrong) => {
    expect(srmCalculator({ arms: wrong, method: 'sequential' })).toMatchObject({ ok: false, field });
  });
});

describe('sequential', () => {
  const asked: SequentialQuestion = {
    metric: 'mean',
    arms: [
      { name: 'v1', n: 1_000, mean: 2, variance: 1 },
      { name: 'v2', n: 1_000, mean: 2.5, variance: 1 },
    ],
    baseline: 'v1',
    plannedUnits: 2_000,
  };

  it('is the same in both directions, by one sign', () => {
    const [v1, v2] = asked.arms;
    const less = sequentialCalculator({ ...asked, baseline: 'v2', alternative: 'less' });
    const greater = sequentialCalculator({ ...asked, alternative: 'greater' });
    if (!less.ok || !greater.ok || !v1 || !v2) throw new Error('refused');
    const [down, up] = [less.answer.comparisons[0], greater.answer.comparisons[0]];
    expect(down?.pValue).toBe(up?.pValue);
    expect(down?.interval[1]).toBe(-(up?.interval[0] ?? NaN));
    expect([down?.interval[0], up?.interval[1]]).toEqual([null, null]);
  });

  it('finds nothing where nothing differs nor varies', () => {
    const arms = ['v1', 'v2'].map((name) => ({ name, n: 10, mean: 1, variance: 0 }));
    expect(sequentialCalculator({ ...asked, arms })).toMatchObject({
      answer: { comparisons: [{ pValue: 1, interval: [0, 0] }] },
    });
  });

  it.each([
    ['baseline', { baseline: 'v3' }],
    ['plannedUnits', { plannedUnits: 0 }],
    ['alpha', { alpha: 0 }],
    ['arms.1.variance', { arms: [asked.arms[0], { name: 'v2', n: 9, mean: 1, variance: -1 }] }],
    ['arms.1.n', { arms: [asked.arms[0], { name: 'v2', n: -9, mean: 1, variance: 1 }] }],
    ['arms.0.mean', { arms: [{ name: 'v1', n: 9, mean: 0, variance: 1 }, asked.arms[1]] }],
    ['arms.0.successes', { metric: 'proportion' as const }],
  ])('refuses a wrong %s by its name', (field, wrong) => {
    expect(sequentialCalculator({ ...asked, ...wrong } as SequentialQuestion)).toMatchObject({ ok: false, field });
  });
});
