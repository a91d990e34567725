// What makes an e-value one: under the null its mean is at most 1, at any time one stops; and it seldom ever becomes great.
import { logOneArm } from './beta-mixture';
import { halfWidth, tuning } from './confidence-sequence';
import { contrastOf } from './contrast';
import { evidenceRow } from './evidence-row.fixture';
import { addLabels, noLabels, type LabelCounts } from './label-counts';
import { logLabelEvidence } from './label-test';
import { foldSampleRatio, logSampleRatio, openSampleRatio } from './sample-ratio';
import { normal, randomOf, type Random } from './numerics/seeded-draws';
import { betOnBinary, betOnBounded, logAcceptanceWealth, logHarmWealth, noWealth, type Wealth } from './wealth';

/** For a long run: WEIR_STATS_PATHS=10000. */
const paths = Number(process.env['WEIR_STATS_PATHS'] ?? 200);
/** Standard errors of a one-sided 99.9 % bound: there are some thirty checks here, of which none should fail by chance. */
const bound = 3.09;

/** A path of ln e under the null, one value after each look. */
type Path = (random: Random) => Iterable<number>;

/** Stops at 5, or at the end: the mean must not be above 1 (by more than chance allows), nor may 20 be reached more often than once in 20. */
function expectValid(path: Path): void {
  const random = randomOf(20_261_123);
  const stopped: number[] = [];
  let great = 0;
  for (let run = 0; run < paths; run += 1) {
    let [last, greatest, stop] = [0, 0, NaN];
    for (const logE of path(random)) {
      last = logE;
      greatest = Math.max(greatest, logE);
      if (Number.isNaN(stop) && logE >= Math.log(5)) stop = logE;
    }
    stopped.push(Math.exp(Number.isNaN(stop) ? last : stop));
    if (greatest >= Math.log(20)) great += 1;
  }
  const mean = stopped.reduce((sum, e) => sum + e, 0) / paths;
  const variance = stopped.reduce((sum, e) => sum + (e - mean) ** 2, 0) / (paths - 1);
  expect(mean - bound * Math.sqrt(variance / paths)).toBeLessThanOrEqual(1);
  const frequency = great / paths;
  expect(frequency - bound * Math.sqrt((frequency * (1 - frequency)) / paths)).toBeLessThanOrEqual(0.05);
}

/** Errors at a share that grows, as often the candidate's as at the margin; the rates rise and fall in between. */
function* labels(random: Random, ratio: number, side: 'above' | 'below'): Iterable<number> {
  let counts: LabelCounts = noLabels;
  for (const share of [0.05, 0.1, 0.2, 0.5]) {
    for (let look = 0; look < 5; look += 1) {
      const events = Math.floor(random() * 12);
      let candidate = 0;
      const theta = (share * ratio) / (share * ratio + 1 - share);
      for (let n = 0; n < events; n += 1) if (random() < theta) candidate += 1;
      counts = addLabels(counts, share, candidate, events - candidate);
      yield logLabelEvidence(counts, ratio, side);
    }
  }
}

function* units(random: Random, rate: number, share: number, side: 'above' | 'below'): Iterable<number> {
  let [failures, seen] = [0, 0];
  for (let look = 0; look < 20; look += 1) {
    for (let n = 0; n < 40; n += 1) if (random() < rate) failures += 1;
    seen += 40;
    yield logOneArm(share, failures, seen, side);
  }
}

interface Bets {
  readonly test: Parameters<typeof contrastOf>[0];
  /** Draws a value of an arm at a time from 0 to 1. */
  readonly value: (random: Random, arm: 'baseline' | 'candidate', at: number) => number;
  readonly read: (wealth: Wealth) => number;
  readonly bounds?: readonly [number, number];
  readonly squares?: boolean;
}

function* bets(random: Random, { test, value, read, bounds, squares = true }: Bets): Iterable<number> {
  const contrast = contrastOf(test);
  const [least, greatest] = bounds ?? [0, 1];
  let wealth = noWealth;
  for (let look = 0; look < 30; look += 1) {
    const share = look < 10 ? 0.05 : look < 20 ? 0.2 : 0.5;
    const arms = { baseline: { n: 0, sum: 0, sumSquares: 0 }, candidate: { n: 0, sum: 0, sumSquares: 0 } };
    for (let n = 0; n < 20; n += 1) {
      const arm = random() < share ? 'candidate' : 'baseline';
      const drawn = value(random, arm, look / 30);
      arms[arm] = {
        n: arms[arm].n + 1,
        sum: arms[arm].sum + drawn,
        sumSquares: arms[arm].sumSquares + drawn ** 2,
      };
    }
    const told = (arm: 'baseline' | 'candidate') => ({
      ...arms[arm],
      sumSquares: squares ? arms[arm].sumSquares : null,
      histogram: {},
    });
    const cell = { share, baseline: told('baseline'), candidate: told('candidate') };
    const mean = (wealth.sum + (least + greatest) / 2) / (wealth.n + 1);
    wealth = bounds
      ? betOnBounded(wealth, cell, contrast, { mean, least, greatest })
      : betOnBinary(wealth, cell, contrast, mean);
    yield read(wealth);
  }
}

const coin = (rate: number) => (random: Random) => (random() < rate ? 1 : 0);

describe('the e-value is valid', () => {
  it.each([1, 1.2, 2])('for errors exactly at a margin of %d, through a growing share, on both sides', (ratio) => {
    expectValid((random) => labels(random, ratio, 'above'));
    expectValid((random) => labels(random, ratio, 'below'));
  });

  it('for a share of failing units at a limit, on both sides', () => {
    expectValid((random) => units(random, 0.001, 0.001, 'above'));
    expectValid((random) => units(random, 0.01, 0.01, 'below'));
  });

  const drifting = (baseline: (at: number) => number, candidate: (rate: number) => number): Bets['value'] => {
    return (random, arm, at) => coin(arm === 'candidate' ? candidate(baseline(at)) : baseline(at))(random);
  };
  const sides = { harm: logHarmWealth, acceptance: logAcceptanceWealth };

  it.each(['harm', 'acceptance'] as const)(
    'for a binary metric at its margin while the base rate drifts: %s',
    (side) => {
      const read = sides[side];
      const rising = (at: number): number => 0.8 + 0.1 * at;
      const margins = [
        [{ direction: 'up', margin: { absolute: 0.05 } }, (rate: number) => rate - 0.05],
        [{ direction: 'down', margin: { absolute: 0.05 } }, (rate: number) => rate + 0.05],
        [{ direction: 'up', margin: { absolute: 0 } }, (rate: number) => rate],
        [{ direction: 'up', margin: { relative: 0.1 } }, (rate: number) => 0.9 * rate],
        [{ direction: 'down', margin: { relative: 0.1 } }, (rate: number) => 1.1 * rate],
      ] as const;
      for (const [asked, candidate] of margins) {
        const test = { kind: 'binary', metric: 'correct', ...asked } as const;
        expectValid((random) => bets(random, { test, value: drifting(rising, candidate), read }));
      }
    },
  );

  it.each([true, false])('for a bounded numeric metric at its margin; sums of squares told: %s', (squares) => {
    const bounds = [-1, 3] as const;
    const value: Bets['value'] = (random, arm, at) =>
      Math.min(2.9, Math.max(-0.9, 1 + at)) * random() + (arm === 'candidate' ? -0.1 : 0);
    const test = { kind: 'numeric', metric: 'revenue', direction: 'up', margin: { absolute: 0.1 }, bounds } as const;
    for (const read of Object.values(sides))
      expectValid((random) => bets(random, { test, value, read, bounds, squares }));
  });

  it.each([3, 30])('for the sample ratio over %d allocations', (allocations) => {
    const plan = { arms: ['v1', 'v2'] };
    expectValid(function* (random) {
      let state = openSampleRatio(plan);
      for (let index = 0; index < 30; index += 1) {
        const bps = 500 + Math.floor((index * allocations) / 30) * 100;
        let candidate = 0;
        for (let n = 0; n < 50; n += 1) if (random() * 10_000 < bps) candidate += 1;
        const weights = { v1: 10_000 - bps, v2: bps };
        const rows = [
          evidenceRow({ index, arm: 'v1', weights, newUnits: 50 - candidate }),
          evidenceRow({ index, arm: 'v2', weights, newUnits: candidate }),
        ];
        state = foldSampleRatio(state, plan, rows);
        yield logSampleRatio(state, plan);
      }
    });
  });
});

describe('evidence inside the null', () => {
  it('is below 1 in the mean by more than chance', () => {
    const random = randomOf(7);
    const found = Array.from({ length: paths }, () => {
      let counts = noLabels;
      for (let look = 0; look < 10; look += 1) {
        const candidate = Array.from({ length: 20 }, random).filter((draw) => draw < 0.08).length;
        counts = addLabels(counts, 0.1, candidate, 20 - candidate);
      }
      return Math.exp(logLabelEvidence(counts, 1, 'above'));
    });
    const mean = found.reduce((sum, e) => sum + e, 0) / paths;
    const deviation = Math.sqrt(found.reduce((sum, e) => sum + (e - mean) ** 2, 0) / (paths - 1));
    expect(mean + (bound * deviation) / Math.sqrt(paths)).toBeLessThan(1);
  });
});

it('the confidence sequence holds the truth at every one of 200 looks, nineteen times in twenty', () => {
  const random = randomOf(11);
  let missed = 0;
  for (let run = 0; run < paths; run += 1) {
    let sum = 0;
    let held = true;
    for (let look = 1; look <= 200; look += 1) {
      sum += normal(random) * 5;
      const n = 25 * look;
      const q = (n * tuning(0.05)) / 2_500;
      if (look >= 4 && Math.abs(sum) / Math.sqrt(n) > halfWidth(q, 0.05, 'two')) held = false;
    }
    if (!held) missed += 1;
  }
  expect(missed / paths).toBeLessThanOrEqual(0.05);
});
