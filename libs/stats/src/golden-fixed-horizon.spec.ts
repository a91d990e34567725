// Published reference values of what is looked at once: two samples, power, drift.
import { crossing, followPaths } from './boundary-crossing';
import { driftCalculator, type DriftMethod } from './calculate-drift';
import { powerCalculator } from './calculate-power';
import { twoSampleCalculator } from './calculate-two-sample';
import { type Alternative, type MeanArm, type ProportionArm } from './compared-arms';
import { fixedPower } from './power';
import { plannedLooks, sequentialBoundary, sequentialPower } from './sequential-power';
import { answerOf, armOfSums, eachVector, expectWithin, type Sums } from './shared-vectors.fixture';

type Arm = MeanArm | ProportionArm;
type Ends = [number | '-inf', number | 'inf'];

const alternatives: Readonly<Record<string, Alternative>> = {
  'treatment greater': 'greater',
  'treatment lesser': 'less',
  'two-sided': 'two-sided',
};

function compare(arms: [control: Arm, treatment: Arm], alternative = 'two-sided', alpha = 0.05) {
  const answer = answerOf(
    twoSampleCalculator({
      metric: 'mean' in arms[0] ? 'mean' : 'proportion',
      arms: [
        { ...arms[0], name: 'control' },
        { ...arms[1], name: 'treatment' },
      ],
      baseline: 'control',
      alternative: alternatives[alternative] ?? 'two-sided',
      alpha,
    }),
  );
  const [comparison] = answer.comparisons;
  if (!comparison) throw new Error('nothing was compared');
  return comparison;
}

function expectInterval(found: readonly [number | null, number | null], [low, high]: Ends, tolerance: number): void {
  if (low === '-inf') expect(found[0]).toBeNull();
  else expectWithin(found[0], low, tolerance);
  if (high === 'inf') expect(found[1]).toBeNull();
  else expectWithin(found[1], high, tolerance);
}

describe('the calculator two-sample', () => {
  interface Inputs {
    control: Sums;
    treatment: Sums;
    difference?: string;
    alternative?: string;
    alpha?: number;
  }
  interface Expected {
    estimate?: number;
    difference?: number;
    se?: number;
    ci?: Ends;
    p?: number;
  }
  const files = [
    ['t-tests-means', 'gb-'],
    ['t-tests-means', 'spotify-'],
    ['proportions', 'gb-'],
  ] as const;
  for (const [file, prefix] of files) {
    eachVector<Inputs, Expected>(file, prefix, ({ inputs, expected, abs_tol }) => {
      const arms: [Arm, Arm] = [armOfSums('control', inputs.control), armOfSums('treatment', inputs.treatment)];
      const both = compare(arms, inputs.alternative, inputs.alpha);
      const found = inputs.difference === 'relative' ? both.relative : both;
      const estimate = expected.estimate ?? expected.difference;
      if (estimate !== undefined) expectWithin(found.difference, estimate, abs_tol);
      if (expected.se !== undefined) expectWithin(found.standardError, expected.se, abs_tol);
      if (expected.ci) expectInterval(found.interval, expected.ci, abs_tol);
      if (expected.p !== undefined) expectWithin(found.pValue, expected.p, abs_tol);
    });
  }

  eachVector<Inputs, Expected>('non-inferiority', 'spotify-nim', ({ inputs, expected, abs_tol }) => {
    const arms: [Arm, Arm] = [armOfSums('control', inputs.control), armOfSums('treatment', inputs.treatment)];
    const found = compare(arms, 'treatment greater', inputs.alpha);
    expectWithin(found.difference, expected.difference ?? NaN, abs_tol);
    expectInterval(found.interval, expected.ci ?? [NaN, NaN], abs_tol);
  });

  eachVector<{ count: [number, number]; nobs: [number, number] }, { z: number; p: number }>(
    'proportions',
    'sm-ztest',
    ({ inputs: { count, nobs }, expected, abs_tol }) => {
      const [first, second] = count.map((successes, at) => ({ name: '', n: nobs[at] ?? NaN, successes }));
      if (!first || !second) throw new Error('two proportions');
      const found = compare([second, first]);
      expectWithin(found.statistic, expected.z, abs_tol);
      expectWithin(found.pValue, expected.p, abs_tol);
    },
  );

  interface Table {
    count1: number;
    nobs1: number;
    count2: number;
    nobs2: number;
  }
  eachVector<Table, { ci: Ends }>('proportions', 'fagerland-newcombe', ({ inputs, expected, abs_tol }) => {
    const first = { name: '', n: inputs.nobs1, successes: inputs.count1 };
    const second = { name: '', n: inputs.nobs2, successes: inputs.count2 };
    expectInterval(compare([second, first]).interval, expected.ci, abs_tol);
  });
});

describe('power', () => {
  interface Inputs {
    effect_size_d: number;
    n1: number;
    n2: number;
    alpha: number;
    alternative: Alternative;
  }
  eachVector<Inputs, { power: number }>('power-mde', 'R-pwr-t', ({ inputs, expected, abs_tol }) => {
    const { effect_size_d: effect, n1, n2, ...asked } = inputs;
    const baseline = { mean: 0, variance: 1 };
    expectWithin(fixedPower(baseline, effect, [n1, n2], asked), expected.power, abs_tol);
    if (n1 !== n2) return;
    const answer = answerOf(powerCalculator({ metric: 'mean', baseline, effect, unitsPerArm: n1, ...asked }));
    expectWithin(answer.power, expected.power, abs_tol);
  });

  interface Drift {
    delta_over_se: number;
    n: number;
    tuning_N: number;
    alpha: number;
  }
  eachVector<Drift, { power_at_n: number }>(
    'computed-references',
    'sequential-power-',
    ({ inputs, expected, abs_tol }) => {
      const asked = { alpha: inputs.alpha, alternative: 'two-sided' as const };
      const boundary = sequentialBoundary({ units: inputs.n, plannedUnits: inputs.tuning_N }, asked);
      const found = sequentialPower(boundary, inputs.delta_over_se);
      expectWithin(found.rejectAtHorizon, expected.power_at_n, abs_tol);
      expect(found.crossByHorizon).toBeGreaterThan(expected.power_at_n);
      expect(boundary.fronts).toHaveLength(plannedLooks);
    },
  );

  const flat = (z: number) => (): number => z;
  const shrinking =
    (c: number) =>
    (time: number): number =>
      c / Math.sqrt(time);
  const boundaries = [
    ['pocock-', flat],
    ['obrien-fleming-', shrinking],
  ] as const;
  for (const [prefix, shape] of boundaries) {
    eachVector<{ looks: number; alpha: number }, { critical_z?: number; c?: number }>(
      'computed-references',
      prefix,
      ({ inputs, expected, abs_tol }) => {
        const erring = (constant: number): number => {
          const upper = shape(constant);
          const looks = Array.from({ length: inputs.looks }, (_, k) => (k + 1) / inputs.looks);
          return crossing(followPaths(looks.map((time) => ({ time, upper: upper(time), lower: -upper(time) }))), 0);
        };
        const constant = expected.critical_z ?? expected.c ?? NaN;
        expect(erring(constant - abs_tol)).toBeGreaterThan(inputs.alpha);
        expect(erring(constant + abs_tol)).toBeLessThan(inputs.alpha);
      },
    );
  }
});

describe('the calculator drift', () => {
  const samples: Readonly<Record<string, number[]>> = {
    'linspace(1,100,100)': Array.from({ length: 100 }, (_, k) => k + 1),
    'linspace(1,100,110)+20.1': Array.from({ length: 110 }, (_, k) => 1 + (99 * k) / 109 + 20.1),
    '[2]*3+[3]*4+[5]*10+[6]*4': [3, 4, 10, 4].flatMap((times, k) => Array<number>(times).fill([2, 3, 5, 6][k] ?? NaN)),
    '[3]*10+[4]*2+[6]*10+[7]*4': [10, 2, 10, 4].flatMap((times, k) =>
      Array<number>(times).fill([3, 4, 6, 7][k] ?? NaN),
    ),
  };
  const valuesOf = (text: string | number[]): number[] => (typeof text === 'string' ? (samples[text] ?? []) : text);
  eachVector<{ x: string | number[]; y: string | number[] }, { statistic: number; p: number }>(
    'drift',
    'ks-',
    ({ inputs, expected, abs_tol }) => {
      const asked = { reference: valuesOf(inputs.x), current: valuesOf(inputs.y), method: 'ks' as const };
      const answer = answerOf(driftCalculator(asked));
      expectWithin(answer.value, expected.statistic, abs_tol);
      expectWithin(answer.pValue, expected.p, abs_tol);
    },
  );

  eachVector<{ reference: number[]; current: number[] }, { psi: number }>(
    'drift',
    'psi-',
    ({ inputs, expected, abs_tol }) => {
      const edges = [...inputs.reference, 0].map((_, k) => k);
      const asked = {
        reference: { edges, counts: inputs.reference },
        current: { edges, counts: inputs.current },
        method: 'psi' satisfies DriftMethod,
      } as const;
      expectWithin(answerOf(driftCalculator(asked)).value, expected.psi, abs_tol);
    },
  );
});
