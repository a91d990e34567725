// Calculators at the ends of what can be asked: whatever the numbers are, the answer is made of numbers, or a field is named.
import fc from 'fast-check';
import { driftCalculator, type DriftMethod } from './calculate-drift';
import { guardrailCalculator } from './calculate-guardrail';
import { powerCalculator } from './calculate-power';
import { srmCalculator } from './calculate-sample-ratio';
import { sequentialCalculator } from './calculate-sequential';
import { twoSampleCalculator } from './calculate-two-sample';
import { type Calculated } from './calculated';
import { answerOf } from './shared-vectors.fixture';

const seed = 20_261_123;

/** Numbers that people and programs send: small counts, great ones, none, and what no double holds well. */
const anyNumber = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    2,
    0.5,
    NaN,
    Infinity,
    -Infinity,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** 53,
    1e-300,
    1e300,
  ),
  fc.integer({ min: -5, max: 2_000 }),
  fc.double(),
);
const count = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 3_000 }) }, fc.maxSafeNat(), anyNumber);
const share = fc.oneof({ weight: 3, arbitrary: fc.double({ min: 0, max: 1 }) }, anyNumber);
const alternative = fc.constantFrom('two-sided' as const, 'greater' as const, 'less' as const);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** No NaN and no Infinity anywhere in it. */
function lostNumbers(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path}: ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => lostNumbers(each, `${path}.${key}`));
}

function expectNumbers<T>(of: fc.Arbitrary<T>, calculate: (question: T) => Calculated<object>, numRuns = 400): void {
  fc.assert(
    fc.property(of, (question) => {
      const found = calculate(question);
      if (found.ok) expect(lostNumbers(found.answer)).toEqual([]);
      else expect([found.field.length > 0, found.message.length > 0]).toEqual([true, true]);
    }),
    { seed, numRuns },
  );
}

const meanArms = fc
  .tuple(
    fc.record({ n: count, mean: anyNumber, variance: anyNumber }),
    fc.record({ n: count, mean: anyNumber, variance: anyNumber }),
  )
  .map((arms) => arms.map((arm, at) => ({ name: `v${at + 1}`, ...arm })));
const rateArms = fc
  .tuple(fc.record({ n: count, successes: count }), fc.record({ n: count, successes: count }))
  .map((arms) => arms.map((arm, at) => ({ name: `v${at + 1}`, ...arm })));
const asked = { baseline: fc.constant('v1'), alpha: maybe(share), alternative: maybe(alternative) };

describe('whatever the numbers are, the answer is made of numbers or a field is named', () => {
  it('two-sample', () => {
    expectNumbers(fc.record({ metric: fc.constant('mean' as const), arms: meanArms, ...asked }), twoSampleCalculator);
    expectNumbers(
      fc.record({ metric: fc.constant('proportion' as const), arms: rateArms, ...asked }),
      twoSampleCalculator,
    );
  });

  it('sequential', () => {
    const planned = { ...asked, plannedUnits: count };
    expectNumbers(
      fc.record({ metric: fc.constant('mean' as const), arms: meanArms, ...planned }),
      sequentialCalculator,
    );
    expectNumbers(
      fc.record({ metric: fc.constant('proportion' as const), arms: rateArms, ...planned }),
      sequentialCalculator,
    );
  });

  it('srm', () => {
    const arm = fc.record({ weight: anyNumber, units: count });
    const arms = fc.array(arm, { maxLength: 5 }).map((all) => all.map((each, at) => ({ name: `v${at}`, ...each })));
    const method = fc.constantFrom('chi-square' as const, 'sequential' as const);
    expectNumbers(fc.record({ arms, method, concentration: maybe(anyNumber), alpha: maybe(share) }), srmCalculator);
  });

  it('guardrail', () => {
    const side = fc.constantFrom('harm' as const, 'acceptance' as const);
    const errors = { candidateErrors: count, totalErrors: count, oneSided: maybe(fc.boolean()), side: maybe(side) };
    const question = {
      share,
      margin: maybe(anyNumber),
      concentration: maybe(anyNumber),
      alpha: maybe(share),
      ...errors,
    };
    expectNumbers(fc.record(question), guardrailCalculator);
  });

  it('power', () => {
    const plan = { effect: maybe(anyNumber), power: maybe(share), unitsPerArm: maybe(count), alpha: maybe(share) };
    const rest = { alternative: maybe(alternative), arms: maybe(fc.integer({ min: 1, max: 5 })) };
    const mean = fc.record({ mean: anyNumber, variance: anyNumber });
    expectNumbers(
      fc.record({ metric: fc.constant('mean' as const), baseline: mean, ...plan, ...rest }),
      powerCalculator,
    );
    const rate = fc.record({ rate: share });
    expectNumbers(
      fc.record({ metric: fc.constant('proportion' as const), baseline: rate, ...plan, ...rest }),
      powerCalculator,
    );
  });

  it('drift', () => {
    const method = fc.constantFrom<DriftMethod>('psi', 'ks', 'hellinger', 'jensen-shannon', 'wasserstein');
    const values = fc.array(anyNumber, { maxLength: 30 });
    expectNumbers(fc.record({ reference: values, current: values, method, bins: maybe(count) }), driftCalculator);
    const edges = fc
      .array(fc.double({ noNaN: true }), { minLength: 3, maxLength: 3 })
      .map((all) => all.sort((a, b) => a - b));
    const counts = fc.record({ edges, counts: fc.array(count, { minLength: 2, maxLength: 2 }) });
    expectNumbers(fc.record({ reference: counts, current: counts, method }), driftCalculator);
  });
});

describe('srm with very many units', () => {
  const twoArms = (a: number, b: number) => [
    { name: 'a', weight: 1, units: a },
    { name: 'b', weight: 1, units: b },
  ];
  const logE = (a: number, b: number, concentration = 100): number | undefined =>
    answerOf(srmCalculator({ arms: twoArms(a, b), method: 'sequential', concentration })).logEValue;

  // mpmath 1.3, 60 digits, of the formula with gamma functions
  it.each([
    [5e11, 5e11, 100, -11.51542542335831],
    [500_001_000_000, 499_999_000_000, 100, -9.5154254235549769],
    [500_000_200_000_000, 499_999_800_000_000, 100, 65.030696937194535],
    [3, 0, 100, 0.029270382300113213],
    [0, 7, 0.5, 3.6541938961260463],
    [1_000_000_000, 1_000_300_000, 10_000, 16.393374319426583],
  ])('%d and %d units, concentration %d', (a, b, concentration, expected) => {
    const found = logE(a, b, concentration) ?? NaN;
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-9);
  });
});
