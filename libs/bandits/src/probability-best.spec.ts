// P(best): the sum, the families, both directions, extremes.
import fc from 'fast-check';
import { normalTail } from '@weir/stats';
import { mirrored } from './curve';
import { aboutGreatest, curvesOf } from './curves';
import { type Posterior } from './posterior';
import { bestMasses, probabilityBest } from './probability-best';
import { betaDraw, gammaDraw, normalDraw, randomFrom } from './simulation/random';

const logUniform = (from: number, to: number) =>
  fc.double({ min: Math.log(from), max: Math.log(to), noNaN: true }).map((power) => Math.exp(power));
const families: Record<string, fc.Arbitrary<Posterior>> = {
  beta: fc.record({ kind: fc.constant('beta'), alpha: logUniform(0.5, 1e7), beta: logUniform(0.5, 1e7) }),
  gamma: fc.record({ kind: fc.constant('gamma'), shape: logUniform(0.5, 1e6), rate: logUniform(0.01, 1e6) }),
  normal: fc.record({
    kind: fc.constant('normal'),
    mean: fc.double({ min: -100, max: 100, noNaN: true }),
    standardError: logUniform(1e-6, 100),
  }),
  student: fc.record({
    kind: fc.constant('student'),
    mean: fc.double({ min: -100, max: 100, noNaN: true }),
    scale: logUniform(1e-6, 100),
    degreesOfFreedom: logUniform(2, 1e6),
  }),
};

describe.each(Object.entries(families))('of %s posteriors', (_, family) => {
  it('sums to 1 within 1e-6 for 2 to 50 arms, before it is made to', () => {
    fc.assert(
      fc.property(fc.array(family, { minLength: 2, maxLength: 50 }), (posteriors) => {
        const curves = curvesOf(aboutGreatest(posteriors));
        for (const each of [curves, curves.map(mirrored)]) {
          const sum = bestMasses(each).reduce((total, mass) => total + mass, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
        }
      }),
      { seed: 20_261_123, numRuns: 60 },
    );
  });

  it('is a probability for each arm, the same for equal arms, whichever order they stand in', () => {
    fc.assert(
      fc.property(fc.array(family, { minLength: 2, maxLength: 8 }), (posteriors) => {
        const found = probabilityBest(posteriors);
        const turned = probabilityBest([...posteriors].reverse()).reverse();
        for (const [arm, p] of found.entries()) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(Math.abs(p - (turned[arm] ?? NaN))).toBeLessThan(1e-8);
        }
        const twice = probabilityBest([...posteriors, ...posteriors]);
        for (const [arm] of posteriors.entries())
          expect(Math.abs((twice[arm] ?? NaN) - (twice[arm + posteriors.length] ?? NaN))).toBeLessThan(1e-8);
      }),
      { seed: 20_261_123, numRuns: 40 },
    );
  });
});

describe('against what is known otherwise', () => {
  it('two normal means: the tail of their difference', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        logUniform(0.01, 100),
        logUniform(0.01, 100),
        (difference, a, b) => {
          const [first] = probabilityBest([
            { kind: 'normal', mean: 1e6 + difference, standardError: a },
            { kind: 'normal', mean: 1e6, standardError: b },
          ]);
          expect(Math.abs((first ?? NaN) - normalTail(-difference / Math.hypot(a, b)))).toBeLessThan(1e-8);
        },
      ),
      { seed: 20_261_123, numRuns: 200 },
    );
  });

  it('two rates of counts: P(X > Y) is a beta tail', () => {
    // X ~ Gamma(3, 5), Y ~ Gamma(2, 4): X/(X + Y 4/5) ~ Beta(3, 2), so P(X > Y) = P(Beta(3, 2) > 5/9)
    const at = 5 / 9;
    const lower = 4 * at ** 3 - 3 * at ** 4;
    const [first] = probabilityBest([
      { kind: 'gamma', shape: 3, rate: 5 },
      { kind: 'gamma', shape: 2, rate: 4 },
    ]);
    expect(first).toBeCloseTo(1 - lower, 9);
  });

  it('draws: how often each arm of three was the best of a hundred thousand', () => {
    const random = randomFrom(7);
    const count = 100_000;
    const shares = (draw: () => number[]) => {
      const wins = [0, 0, 0];
      for (let run = 0; run < count; run += 1) {
        const drawn = draw();
        const best = drawn.indexOf(Math.max(...drawn));
        wins[best] = (wins[best] ?? 0) + 1;
      }
      return wins.map((won) => won / count);
    };
    const student = (mean: number, scale: number, df: number) =>
      mean + (scale * normalDraw(random)) / Math.sqrt((2 * gammaDraw(random, df / 2)) / df);
    const cases: [Posterior[], () => number[]][] = [
      [
        [
          { kind: 'beta', alpha: 0.7, beta: 3 },
          { kind: 'beta', alpha: 20, beta: 80 },
          { kind: 'beta', alpha: 300, beta: 1_000 },
        ],
        () => [betaDraw(random, 0.7, 3), betaDraw(random, 20, 80), betaDraw(random, 300, 1_000)],
      ],
      [
        [
          { kind: 'student', mean: 0, scale: 1, degreesOfFreedom: 2 },
          { kind: 'student', mean: 0.5, scale: 0.5, degreesOfFreedom: 5 },
          { kind: 'student', mean: 0.6, scale: 0.1, degreesOfFreedom: 100 },
        ],
        () => [student(0, 1, 2), student(0.5, 0.5, 5), student(0.6, 0.1, 100)],
      ],
      [
        [
          { kind: 'gamma', shape: 0.8, rate: 0.5 },
          { kind: 'gamma', shape: 30, rate: 20 },
          { kind: 'gamma', shape: 700, rate: 500 },
        ],
        () => [gammaDraw(random, 0.8) / 0.5, gammaDraw(random, 30) / 20, gammaDraw(random, 700) / 500],
      ],
    ];
    for (const [posteriors, draw] of cases) {
      const [found, drawn] = [probabilityBest(posteriors), shares(draw)];
      for (const [arm, p] of found.entries())
        expect(Math.abs(p - (drawn[arm] ?? NaN))).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / count));
    }
  });

  it('where less is better, the arm that is least: mirrored, and summing to 1', () => {
    const rates = [
      { kind: 'beta', alpha: 51, beta: 951 },
      { kind: 'beta', alpha: 61, beta: 941 },
      { kind: 'beta', alpha: 41, beta: 961 },
    ] as const;
    const swapped = rates.map(({ kind, alpha, beta }) => ({ kind, alpha: beta, beta: alpha }));
    const [down, up] = [probabilityBest(rates, 'down'), probabilityBest(swapped, 'up')];
    for (const [arm, p] of down.entries()) expect(p).toBeCloseTo(up[arm] ?? NaN, 9);
    expect(down[2]).toBeGreaterThan(0.8);
  });
});

describe('at its edges', () => {
  it('one arm is the best, and none is none', () => {
    expect(probabilityBest([{ kind: 'beta', alpha: 1, beta: 1 }])).toEqual([1]);
    expect(probabilityBest([])).toEqual([]);
  });

  it('refuses families that cannot be compared', () => {
    const mixed = [
      { kind: 'beta', alpha: 1, beta: 1 },
      { kind: 'normal', mean: 0, standardError: 1 },
    ] as const;
    expect(() => probabilityBest(mixed)).toThrow('different families');
  });

  it.each<[string, Posterior[], number[]]>([
    ['a certain winner', [normal(0, 1), normal(1e9, 1)], [0, 1]],
    ['means alike far from 0', [normal(1e12, 1e-6), normal(1e12, 1e-6)], [0.5, 0.5]],
    ['widths far apart', [normal(0, 1e-10), normal(0, 1e10)], [0.5, 0.5]],
    ['great counts', [beta(5e11, 5e11), beta(5e11, 5e11)], [0.5, 0.5]],
    ['one without outcomes beside many', [beta(1, 1), beta(1e9, 1e9)], [0.5, 0.5]],
    ['priors below 1', [beta(0.01, 0.01), beta(0.01, 0.01)], [0.5, 0.5]],
    ['rates near 0', [beta(1, 1e9), beta(1, 1e9)], [0.5, 0.5]],
  ])('%s', (_, posteriors, expected) => {
    for (const direction of ['up', 'down'] as const) {
      const found = probabilityBest(posteriors, direction);
      const wanted = direction === 'up' ? expected : [...expected].reverse();
      for (const [arm, p] of found.entries()) expect(Math.abs(p - (wanted[arm] ?? NaN))).toBeLessThan(1e-6);
    }
  });

  it('is of the class of a tenth of a millisecond for ten arms', () => {
    const posteriors = Array.from({ length: 10 }, (_, arm) => beta(100 + arm, 1_000 + 3 * arm));
    for (let run = 0; run < 300; run += 1) probabilityBest(posteriors);
    const before = process.cpuUsage();
    for (let run = 0; run < 300; run += 1) probabilityBest(posteriors);
    expect(process.cpuUsage(before).user / 1_000 / 300).toBeLessThan(3);
  });
});

function normal(mean: number, standardError: number): Posterior {
  return { kind: 'normal', mean, standardError };
}

function beta(alpha: number, b: number): Posterior {
  return { kind: 'beta', alpha, beta: b };
}
