// When a bandit may end, and what it may claim.
import fc from 'fast-check';
import { allocate, type Allocation } from './allocate';
import { addClaims, claimedMean, claimSums, noClaims, type ClaimSums } from './claims';
import { judgeStop, type StopPlan } from './judge-stop';
import { probabilityBest } from './probability-best';
import { type Posterior } from './posterior';
import { randomFrom } from './simulation/random';
import { valueRemaining } from './value-remaining';

const plan: StopPlan = { direction: 'up', threshold: 0.01, alpha: 0.05, assign: 'prediction' };
const beta = (hits: number, misses: number): Posterior => ({ kind: 'beta', alpha: 1 + hits, beta: 1 + misses });

function claims(n: number, hits: number): ClaimSums {
  const weights = { v1: 5_000, v2: 5_000 };
  const times = (sums: ClaimSums, by: number): ClaimSums => ({
    n: sums.n * by,
    d: sums.d * BigInt(by),
    y: sums.y * BigInt(by),
    dd: sums.dd * BigInt(by),
    yd: sums.yd * BigInt(by),
    yy: sums.yy * BigInt(by),
  });
  const of = (reward: number) => claimSums({ weights, arm: 'v1', reward });
  return addClaims(times(of(1), hits), times(of(0), n - hits));
}

function standing(posteriors: Record<string, Posterior>): Pick<Allocation, 'arms'> {
  const all = Object.values(posteriors);
  const best = probabilityBest(all);
  const arms = Object.entries(posteriors).map(
    ([arm, posterior], index) => [arm, { posterior, probabilityBest: best[index] ?? 0, effectiveOutcomes: 0 }] as const,
  );
  return { arms: Object.fromEntries(arms) };
}

describe('value remaining', () => {
  it('is 0 where the leader is the best with the probability asked for, and falls as outcomes come', () => {
    expect(valueRemaining([beta(600, 400), beta(400, 600)], 0)).toBe(0);
    const found = [100, 1_000, 10_000, 100_000].map((n) =>
      valueRemaining([beta(n * 0.5, n * 0.5), beta(n * 0.5, n * 0.5)], 0),
    );
    for (const [index, value] of found.entries()) if (index > 0) expect(value).toBeLessThan(found[index - 1] ?? 0);
    expect(found[3]).toBeLessThan(0.01);
  });

  it('is the percentile that draws give', () => {
    // two normal means with errors 3 and 4, the leader 10 ahead of the other by 1: V = max(0, N(-1, 5))/10
    const [leader, other] = [
      { kind: 'normal', mean: 10, standardError: 3 },
      { kind: 'normal', mean: 9, standardError: 4 },
    ] as const;
    expect(valueRemaining([leader, other], 0)).toBeCloseTo((-1 + 5 * 1.6448536) / 10, 3);
    const mirror = [leader, other].map((each) => ({ ...each, mean: -each.mean }));
    expect(valueRemaining(mirror, 0, 'down')).toBeCloseTo((-1 + 5 * 1.6448536) / 10, 3);
  });

  it('works for each family, in both directions, and is never negative', () => {
    const gammas = [
      { kind: 'gamma', shape: 50, rate: 10 },
      { kind: 'gamma', shape: 60, rate: 11 },
    ] as const;
    const students = [
      { kind: 'student', mean: 5, scale: 0.5, degreesOfFreedom: 20 },
      { kind: 'student', mean: 5.2, scale: 0.5, degreesOfFreedom: 20 },
    ] as const;
    for (const posteriors of [gammas, students, [beta(30, 70), beta(35, 65)]])
      for (const direction of ['up', 'down'] as const) {
        const best = probabilityBest(posteriors, direction);
        const value = valueRemaining(posteriors, best.indexOf(Math.max(...best)), direction);
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThan(1);
      }
  });

  it('is anything where the leader’s mean is 0', () => {
    const zero = { kind: 'normal', mean: 0, standardError: 1 } as const;
    expect(valueRemaining([zero, zero], 0)).toBe(Infinity);
  });
});

describe('a bandit', () => {
  const far = standing({ v1: beta(6_000, 4_000), v2: beta(4_000, 6_000) });

  it('ends when little is left to be gained and the leader is apart from the others', () => {
    const verdict = judgeStop(far, { v1: claims(10_000, 6_000), v2: claims(10_000, 4_000) }, plan);
    expect(verdict).toMatchObject({ leader: 'v1', valueRemaining: 0, separated: true, stop: true });
    expect(verdict?.contrasts).toMatchObject([
      { arm: 'v1', against: 'v2', difference: expect.closeTo(0.2, 6) as number },
    ]);
    expect(verdict?.sentence).toBe(
      'Going on may still gain 0 % over v1 (about 0.6), no more than the 1 % it should. v1 is told apart from every other arm.',
    );
  });

  it('goes on while the outcomes that may be claimed do not tell the arms apart', () => {
    expect(judgeStop(far, { v1: claims(90, 60), v2: claims(90, 40) }, plan)).toMatchObject({
      separated: false,
      stop: false,
    });
    expect(judgeStop(far, { v1: claims(9_000, 6_000) }, plan)).toMatchObject({ separated: false, stop: false });
    expect(judgeStop(far, {}, plan)).toMatchObject({ contrasts: [], stop: false });
  });

  it('goes on while much may be gained', () => {
    const near = standing({ v1: beta(60, 40), v2: beta(55, 45) });
    expect(judgeStop(near, { v1: claims(10_000, 6_000), v2: claims(10_000, 4_000) }, plan)).toMatchObject({
      stop: false,
    });
  });

  it('claims nothing where units keep their arms, and so does not end by itself', () => {
    const verdict = judgeStop(
      far,
      { v1: claims(10_000, 6_000), v2: claims(10_000, 4_000) },
      { ...plan, assign: 'unit' },
    );
    expect(verdict).toMatchObject({ separated: null, contrasts: [], stop: false });
  });

  it('where less is better the leader is the least', () => {
    const down = { ...plan, direction: 'down' } as const;
    const arms = Object.fromEntries(
      Object.entries(far.arms).map(([arm, each]) => [arm, { ...each, probabilityBest: 1 - each.probabilityBest }]),
    );
    const verdict = judgeStop({ arms }, { v1: claims(10_000, 6_000), v2: claims(10_000, 4_000) }, down);
    expect(verdict).toMatchObject({ leader: 'v2', separated: true, stop: true });
  });

  it('of one arm has nothing to find out; of none there is no verdict', () => {
    expect(judgeStop(standing({ v1: beta(1, 1) }), {}, plan)).toMatchObject({ leader: 'v1', stop: true });
    expect(judgeStop({ arms: {} }, {}, plan)).toBeNull();
  });
});

describe('claims', () => {
  it('are the same in any order', () => {
    const record = fc.record({
      weights: fc.constantFrom({ v1: 9_000, v2: 1_000 }, { v1: 3_333, v2: 6_667 }),
      arm: fc.constant('v1'),
      reward: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc
          .array(record, { minLength: 2 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const sums = (list: typeof all) => list.reduce((total, each) => addClaims(total, claimSums(each)), noClaims);
          expect(sums(shuffled)).toEqual(sums(all));
        },
      ),
      { seed: 20_261_123, numRuns: 100 },
    );
  });

  it('do not see a difference that is only the base rate moving with the weights', () => {
    // both arms alike at every instant; v2 grows while everything gets worse: plain means differ by far
    const random = randomFrom(11);
    const plain = { v1: [0, 0], v2: [0, 0] };
    let sums: Record<string, ClaimSums> = { v1: noClaims, v2: noClaims };
    for (const [share, rate] of [
      [1_000, 0.8],
      [5_000, 0.5],
      [9_000, 0.2],
    ] as const)
      for (let index = 0; index < 20_000; index += 1) {
        const arm = random() * 10_000 < share ? 'v2' : 'v1';
        const reward = random() < rate ? 1 : 0;
        plain[arm][0] = (plain[arm][0] ?? 0) + reward;
        plain[arm][1] = (plain[arm][1] ?? 0) + 1;
        const change = claimSums({ weights: { v1: 10_000 - share, v2: share }, arm, reward });
        sums = { ...sums, [arm]: addClaims(sums[arm] ?? noClaims, change) };
      }
    const mean = ([hits = 0, n = 1]: number[]) => hits / n;
    expect(mean(plain.v1) - mean(plain.v2)).toBeGreaterThan(0.3);
    const [v1, v2] = [claimedMean(sums['v1'] ?? noClaims), claimedMean(sums['v2'] ?? noClaims)];
    expect(Math.abs((v1?.mean ?? NaN) - (v2?.mean ?? NaN))).toBeLessThan(0.02);
  });

  it('refuse what is no number', () => {
    expect(() => claimSums({ weights: { v1: 1 }, arm: 'v1', reward: NaN })).toThrow('reward must be a finite number');
  });
});

it('a state leads to a verdict', () => {
  const allocated = allocate(
    new Map(),
    { algorithm: 'thompson', likelihood: 'bernoulli', direction: 'up', halfLifeMs: 1_000, arms: ['v1', 'v2'] },
    0,
  );
  expect(judgeStop(allocated, {}, plan)).toMatchObject({ leader: 'v1', stop: false });
});
