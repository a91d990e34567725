// Off-policy estimates: what they refuse, what units do to their errors, and that a model only takes noise away.
import fc from 'fast-check';
import { crossFit, type LoggedDecision } from './cross-fit';
import { evaluateOffPolicy, type LoggedRow } from './off-policy';
import { randomFrom, type Random } from './simulation/random';

const row = (reward: number, propensity: number, targetProbability: number): LoggedRow => ({
  reward,
  propensity,
  targetProbability,
});

describe('the estimate of the logging allocation itself', () => {
  it('is the mean reward, whatever the rewards, and usable from 100 rows on', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true })),
          {
            minLength: 2,
            maxLength: 300,
          },
        ),
        (pairs) => {
          const rows = pairs.map(([reward, propensity]) => row(reward, propensity, propensity));
          const mean = pairs.reduce((sum, [reward]) => sum + reward, 0) / pairs.length;
          const found = evaluateOffPolicy(rows);
          for (const value of [found.ips, found.snips]) expect(Math.abs(value - mean)).toBeLessThan(1e-9);
          expect(found).toMatchObject({
            meanWeight: 1,
            maxWeight: 1,
            units: pairs.length,
            usable: pairs.length >= 100,
          });
          expect(found.effectiveSampleSize).toBeCloseTo(pairs.length, 9);
        },
      ),
      { seed: 20_261_123, numRuns: 100 },
    );
  });
});

describe('a log refuses', () => {
  it('where few rows carry all of the weight', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => (index < 10 ? row(1, 0.01, 1) : row(0, 0.99, 0)));
    const found = evaluateOffPolicy(rows);
    expect(found).toMatchObject({ usable: false, maxWeight: 100 });
    expect(found.effectiveSampleSize).toBeCloseTo(10, 9);
    expect(found.refusals).toEqual(['the effective sample size is 10, below 100']);
  });

  it('where the propensities cannot have been those', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => row(index % 2, 0.5, 0.4));
    expect(evaluateOffPolicy(rows).refusals).toEqual(['the mean weight is 0.8, further than 3 standard errors from 1']);
  });

  it('where clipping has cut what matters, and says how many rows', () => {
    const random = randomFrom(3);
    const rows = Array.from({ length: 20_000 }, () => (random() < 0.05 ? row(1, 0.05, 0.9) : row(0, 0.95, 0.1)));
    expect(evaluateOffPolicy(rows).usable).toBe(true);
    const clipped = evaluateOffPolicy(rows, 2);
    expect(clipped).toMatchObject({ usable: false, maxWeight: 2 });
    expect(clipped.clipped).toBe(rows.filter(({ reward }) => reward === 1).length);
  });

  it('where a single unit says it all', () => {
    const rows = Array.from({ length: 200 }, () => ({ ...row(1, 0.5, 0.5), unit: 'one' }));
    expect(evaluateOffPolicy(rows)).toMatchObject({
      standardErrors: { ips: null, snips: null },
      effectiveSampleSize: 1,
      usable: false,
    });
  });
});

describe('units that keep their arms', () => {
  const units = 100;
  const perUnit = 25;
  /** Every unit has its own arm and its own luck. */
  function log(random: Random): LoggedRow[] {
    return Array.from({ length: units }, (_, number) => {
      const chosen = random() < 0.5;
      const luck = (chosen ? 0.5 : 0.3) + (random() < 0.5 ? 0.25 : -0.25);
      return Array.from({ length: perUnit }, () => ({
        ...row(random() < luck ? 1 : 0, 0.5, chosen ? 0.8 : 0.2),
        unit: `u${number}`,
      }));
    }).flat();
  }
  const truth = 0.8 * 0.5 + 0.2 * 0.3;

  it('are counted as units: 95 % intervals hold the truth that often, and those of rows do not', () => {
    const random = randomFrom(20_261_123);
    const covered = { clustered: 0, naive: 0 };
    const runs = 100;
    for (let run = 0; run < runs; run += 1) {
      const rows = log(random);
      const holds = ({ snips, standardErrors }: ReturnType<typeof evaluateOffPolicy>) =>
        Math.abs(snips - truth) <= 1.96 * (standardErrors.snips ?? 0);
      const found = evaluateOffPolicy(rows);
      if (holds(found)) covered.clustered += 1;
      if (holds(evaluateOffPolicy(rows.map((each) => ({ ...each, unit: undefined }))))) covered.naive += 1;
      expect(found.effectiveSampleSize).toBeLessThanOrEqual(units);
    }
    expect(covered.clustered / runs).toBeGreaterThan(0.9);
    expect(covered.naive / runs).toBeLessThan(0.7);
  });
});

describe('cross-fitted doubly robust', () => {
  /** The reward is a line of the context that differs by arm; the log explores evenly. */
  function decisions(count: number, random: Random): LoggedDecision[] {
    return Array.from({ length: count }, () => {
      const x = random();
      const arm = random() < 0.5 ? 'a' : 'b';
      const reward = (arm === 'a' ? x : 1 - x) + 0.1 * (random() - 0.5);
      const target: Record<string, number> = x > 0.5 ? { a: 1 } : { b: 1 };
      return { reward, propensity: 0.5, arm, features: [1, x], target };
    });
  }

  it('is nearer to the truth than weights alone, and says so', () => {
    const random = randomFrom(5);
    const found = evaluateOffPolicy(crossFit(decisions(2_000, random)));
    const truth = 0.75;
    expect(found.standardErrors.dr).toBeLessThan((found.standardErrors.ips ?? 0) / 3);
    for (const estimator of ['ips', 'snips', 'dr'] as const)
      expect(Math.abs((found[estimator] ?? NaN) - truth)).toBeLessThan(4 * (found.standardErrors[estimator] ?? 0));
  });

  it('predicts a unit by what other units did', () => {
    // a unit that alone is rewarded: a model that had seen it would know
    const rows = Array.from({ length: 100 }, (_, index): LoggedDecision => {
      const unit = `u${index % 5}`;
      return { reward: unit === 'u0' ? 1 : 0, propensity: 1, arm: 'a', features: [1], target: { a: 1 }, unit };
    });
    for (const [index, { predicted }] of crossFit(rows).entries())
      expect(predicted).toBeCloseTo(index % 5 === 0 ? 0 : 20 / 81, 9);
  });

  it('an arm that nobody logged is worth 0, and a target that is not named has none', () => {
    const [one] = crossFit([
      { reward: 1, propensity: 1, arm: 'toString', features: [1], target: { a: 1 } },
      { reward: 1, propensity: 1, arm: 'a', features: [1], target: { a: 1 } },
    ]);
    expect(one).toMatchObject({ targetProbability: 0, predicted: 0 });
  });
});
