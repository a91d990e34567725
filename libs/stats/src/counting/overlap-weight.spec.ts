// Overlap weights.
import fc from 'fast-check';
import { toFixed } from './fixed-point';
import { fixedWeight, overlapWeight } from './overlap-weight';

it('is one minus the own share for two arms', () => {
  expect(overlapWeight({ v1: 9_500, v2: 500 }, 'v1')).toBeCloseTo(0.05, 12);
  expect(overlapWeight({ v1: 9_500, v2: 500 }, 'v2')).toBeCloseTo(0.95, 12);
});

it('is 1 where one arm has all, and 0 for an arm without weight or without a name', () => {
  expect(overlapWeight({ v1: 10_000, v2: 0 }, 'v1')).toBe(1);
  expect(overlapWeight({ v1: 10_000, v2: 0 }, 'v2')).toBe(0);
  expect(overlapWeight({ v1: 10_000 }, 'toString')).toBe(0);
});

it('gives every arm the same expected weight, whatever the allocation', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(weights, (list) => {
      const byArm = Object.fromEntries(list.map((weight, index) => [`v${index}`, weight]));
      const total = list.reduce((sum, weight) => sum + weight, 0);
      const mass = list.map((weight, index) => (weight / total) * overlapWeight(byArm, `v${index}`));
      for (const one of mass) expect(one).toBeCloseTo(mass[0] ?? NaN, 12);
      // the h of all arms add up to 1
      expect(list.reduce((sum, _, index) => sum + overlapWeight(byArm, `v${index}`), 0)).toBeCloseTo(1, 12);
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('is the same in fixed point, whoever asked before', () => {
  const weights = { v1: 9_000, v2: 1_000 };
  for (const arm of ['v1', 'v2', 'v1', 'v3'])
    expect(fixedWeight(weights, arm)).toBe(toFixed(overlapWeight(weights, arm)));
  expect(fixedWeight({ v1: 5_000, v2: 5_000 }, 'v1')).toBe(toFixed(0.5));
});
