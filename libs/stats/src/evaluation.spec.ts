// What an evaluation adds to a test: several p values, posteriors, CUPED, stages of the sample ratio; and small runs of whole experiments.
import fc from 'fast-check';
import { betaChanceToWin, betaExpectedLoss } from './beta-comparison';
import { estimate, ratioMean } from './contrast';
import { adjustByCovariate, adjustedLift } from './covariate-adjustment';
import { meansTest } from './fixed-horizon';
import { chanceToWin, credibleInterval, expectedLoss, liftPosterior } from './lift-posterior';
import { benjaminiHochberg, holm } from './multiple-comparisons';
import { randomOf } from './numerics/seeded-draws';
import { relativeLift } from './relative-lift';
import { judgeSampleRatio, openSampleRatio } from './sample-ratio';
import { judgeStages } from './sample-ratio-stages';
import { addUnit, runExperiment, slack } from './simulated-experiment.fixture';

const seed = 20_261_123;
const nothing = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 };

describe('several p values', () => {
  it('keep their order, are never lowered, and Holm is at least as strict as Benjamini and Hochberg', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (p) => {
        const [strict, lenient] = [holm(p), benjaminiHochberg(p)];
        p.forEach((each, at) => {
          expect(lenient[at]).toBeGreaterThanOrEqual(each * (1 - 1e-12));
          expect((strict[at] ?? NaN) * (1 + 1e-12)).toBeGreaterThanOrEqual(lenient[at] ?? NaN);
          p.forEach((other, place) => {
            if (each < other) expect(strict[at]).toBeLessThanOrEqual(strict[place] ?? NaN);
          });
        });
      }),
      { seed },
    );
  });

  it('may be none, one or tied, and must be probabilities', () => {
    expect([holm([]), holm([0.2]), holm([0.02, 0.02])]).toEqual([[], [0.2], [0.04, 0.04]]);
    expect(benjaminiHochberg([0.04, 0.04])).toEqual([0.04, 0.04]);
    expect(() => holm([0.1, NaN])).toThrow('p value 1 is not between 0 and 1');
  });
});

describe('posteriors', () => {
  it('are the same by one sign where less is better', () => {
    const [up, down] = [
      liftPosterior({ difference: 0.3, standardError: 0.2 }, null),
      liftPosterior({ difference: -0.3, standardError: 0.2 }, null),
    ];
    expect(chanceToWin(down, 'down')).toBe(chanceToWin(up, 'up'));
    expect(expectedLoss(down, 'down')).toEqual(expectedLoss(up, 'up'));
    expect(chanceToWin(up, 'up') + chanceToWin(up, 'down')).toBeCloseTo(1, 15);
  });

  it('are certain without a spread and lean on the prior without data', () => {
    const certain = liftPosterior({ difference: 1, standardError: 0 }, { mean: 0, variance: 1 });
    expect([chanceToWin(certain, 'up'), chanceToWin(certain, 'down')]).toEqual([1, 0]);
    expect(expectedLoss(certain, 'up')).toEqual({ choosingBaseline: 1, choosingArm: 0 });
    expect(credibleInterval(certain, 0.05)).toEqual([1, 1]);
    expect(liftPosterior(null, { mean: 2, variance: 4 })).toEqual({ mean: 2, standardDeviation: 2 });
  });

  it('of rates agree with the normal ones where counts are great, and tell an empty arm from a full one', () => {
    const [a, b] = [
      { alpha: 5_000, beta: 95_000 },
      { alpha: 5_100, beta: 94_900 },
    ];
    const normal = liftPosterior(
      { difference: 0.001, standardError: Math.sqrt((0.05 * 0.95 + 0.051 * 0.949) / 1e5) },
      null,
    );
    expect(betaChanceToWin(b, a, 'up')).toBeCloseTo(chanceToWin(normal, 'up'), 3);
    const loss = betaExpectedLoss(b, a, 'up');
    expect(loss.choosingArm).toBeCloseTo(expectedLoss(normal, 'up').choosingArm, 5);
    // E max(0, b - a) - E max(0, a - b) = E b - E a
    expect(loss.choosingBaseline - loss.choosingArm).toBeCloseTo(0.001, 12);
    const [never, always] = [
      { alpha: 0.5, beta: 100.5 },
      { alpha: 100.5, beta: 0.5 },
    ];
    expect(betaChanceToWin(always, never, 'up')).toBeCloseTo(1, 8);
    expect(betaChanceToWin(never, never, 'up')).toBeCloseTo(0.5, 8);
  });

  // mpmath 1.3, 40 digits, and scipy 1.17 (quad over quantiles): rates of a prior of Jeffreys with no success or hardly any
  it.each([
    [0.5, 51_702.27962665674, 1.5, 186_128.20665596426, 0.42862179117574684],
    [59.85114370658712, 2.036937111356789, 59.85114370658712, 2.444324533628147, 0.58248498142336964],
    [14_953.876345751569, 3.3804002499084924, 2, 2, 0.99999980149744758],
    [0.5, 4_080.2296, 0.5, 4_080.2296, 0.5],
    [0.01, 100, 0.01, 100, 0.5],
  ])('by betas of few successes: Beta(%d, %d) above Beta(%d, %d)', (a, b, c, d, expected) => {
    const [arm, baseline] = [
      { alpha: a, beta: b },
      { alpha: c, beta: d },
    ];
    expect(betaChanceToWin(arm, baseline, 'up')).toBeCloseTo(expected, 10);
    expect(betaChanceToWin(arm, baseline, 'down')).toBeCloseTo(1 - expected, 10);
    const loss = betaExpectedLoss(arm, baseline, 'up');
    expect(loss.choosingBaseline - loss.choosingArm).toBeCloseTo(a / (a + b) - c / (c + d), 10);
  });
});

describe('CUPED', () => {
  it('takes away what the covariate foretells, and keeps the lift over the unadjusted baseline', () => {
    const random = randomOf(seed);
    const arm = (effect: number) => {
      let totals = nothing;
      for (let unit = 0; unit < 2_000; unit += 1) {
        const before = random();
        totals = addUnit(totals, 10 * before + random() + effect, 1, before);
      }
      return totals;
    };
    const [control, treatment] = [arm(0), arm(0.05)];
    const { theta, arms } = adjustByCovariate([control, treatment]) ?? { theta: NaN, arms: [] };
    const [before, after] = arms;
    if (!before || !after) throw new Error('not adjusted');
    expect(theta).toBeCloseTo(10, 0);
    expect(after.adjusted.variance).toBeLessThan(after.raw.variance / 50);
    const lift = adjustedLift(after, before);
    expect(Math.abs(lift.difference - 0.05 / 5.5)).toBeLessThan(3.3 * lift.standardError);
    expect(lift.standardError).toBeLessThan(relativeLift(after.raw, before.raw).standardError / 5);
  });

  it('changes nothing where the covariate does not vary, and is none with fewer than two units', () => {
    const flat = [1, 2, 4].reduce((totals, y) => addUnit(totals, y, 1, 7), nothing);
    const adjustment = adjustByCovariate([flat, flat]);
    expect(adjustment?.theta).toBe(0);
    expect(adjustment?.arms[0]?.adjusted).toEqual(ratioMean(flat));
    expect(adjustByCovariate([flat, addUnit(nothing, 1, 1, 1)])).toBeNull();
  });
});

describe('the sample ratio by stage', () => {
  const plan = { arms: ['v1', 'v2'] };
  const good = { ...judgeSampleRatio(openSampleRatio(plan), plan), status: 'pass' as const };
  const bad = { ...good, status: 'fail' as const, mismatch: true };

  it.each([
    ['assignment', { assigned: bad, served: bad, joined: bad }],
    ['serving', { assigned: good, served: bad, joined: bad }],
    ['join', { assigned: good, served: good, joined: bad }],
  ] as const)('names %s when it is the first that leaves the weights', (broken, verdicts) => {
    const found = judgeStages(verdicts);
    expect(found.broken).toBe(broken);
    expect(found.sentence).toContain(`look at ${broken}`);
  });

  it('names none where none fails', () => {
    expect(judgeStages({ assigned: good, served: good, joined: good }).broken).toBeNull();
  });
});

describe(`whole experiments without an effect, seed ${seed}`, () => {
  it('are seldom decided by 50 looks, and by one look as often as alpha says, though weights and base rate change', () => {
    const [runs, random] = [150, randomOf(seed)];
    const experiment = { units: 2_000, looks: 50, effect: 0, shares: [0.1, 0.5] } as const;
    const wrong = { decided: 0, once: 0, adjusted: 0, alarms: 0 };
    let bias = 0;
    for (let run = 0; run < runs; run += 1) {
      const { decided, broken, totals } = runExperiment(experiment, { alpha: 0.05, alternative: 'two-sided' }, random);
      const [v1, v2] = [ratioMean(totals.v1), ratioMean(totals.v2)];
      const [before, after] = adjustByCovariate([totals.v1, totals.v2])?.arms ?? [];
      if (!v1 || !v2 || !before || !after) throw new Error('no means');
      const { difference, standardError } = estimate(v2, v1, 1);
      bias += difference / standardError / Math.sqrt(runs);
      const p = (pair: [typeof v1, typeof v2]): number =>
        meansTest(pair[1], pair[0], { alpha: 0.05, alternative: 'two-sided' }).absolute.pValue;
      if (decided) wrong.decided += 1;
      if (broken !== null) wrong.alarms += 1;
      if (p([v1, v2]) <= 0.05) wrong.once += 1;
      if (p([before.adjusted, after.adjusted]) <= 0.05) wrong.adjusted += 1;
    }
    expect(wrong.decided / runs).toBeLessThanOrEqual(0.05 + slack(0.05, runs));
    expect(Math.abs(wrong.once / runs - 0.05)).toBeLessThan(slack(0.05, runs));
    expect(Math.abs(wrong.adjusted / runs - 0.05)).toBeLessThan(slack(0.05, runs));
    expect(wrong.alarms).toBeLessThanOrEqual(1);
    expect(Math.abs(bias)).toBeLessThan(3.3);
  });
});
