// What a shadow would take with the user's own traffic: until there are pairs enough, until its tests can pass, and how small a difference they find.
import { pairAcceptance, pairHarm, type PairTest } from './pair-test';
import { type PairLimits } from './judge-pairs';
import { type PairTotals } from './pair-totals';

export interface PairsQuestion {
  readonly durationMs: number;
  readonly maxDurationMs: number;
  readonly minPairs: number;
  readonly pairsPerSecond: number;
  /** That come for the first time; at most as many as pairs. */
  readonly unitsPerSecond: number;
  readonly tests: readonly QuestionedPairTest[];
}

export interface QuestionedPairTest {
  readonly name: string;
  readonly limits: PairLimits;
  /** The stage waits until it is shown to hold. */
  readonly must: boolean;
  /** Share of the pairs that have a value: outcomes do not come of all. */
  readonly share: number;
  /**
   * Of a candidate as good as stable: `signed`: how often one of the two alone errs; `mean`: the values' standard deviation. Undefined:
   * nobody knows, and nothing is said of the test.
   */
  readonly noise?: number | undefined;
}

export interface PlannedPairTest {
  readonly name: string;
  /** Until a candidate as good as stable is shown to hold it; null: not within maxDuration, or nobody knows. */
  readonly acceptedMs: number | null;
  /**
   * The least that would be found at `duration`: `agreement`: the share of pairs that differ; `signed`: the difference of the shares;
   * `mean`: the mean; null: nothing would, or nobody knows.
   */
  readonly finds: number | null;
}

export interface PairsPlan {
  readonly minPairsMs: number;
  /** Of a candidate as good as stable; null: not within maxDuration. */
  readonly totalMs: number | null;
  /** What it waits for longest: `duration`, `minPairs` or a test. */
  readonly heldBy: string;
  readonly tests: readonly PlannedPairTest[];
}

/** As expected, not simulated: each look is at what comes on average, of units whose pairs have nothing more in common than those of others. */
export function planPairs(question: PairsQuestion): PairsPlan {
  const { durationMs, maxDurationMs, minPairs, pairsPerSecond } = question;
  const minPairsMs = (1_000 * minPairs) / pairsPerSecond;
  const tests = question.tests.map((test) => ({
    name: test.name,
    acceptedMs: acceptedMs(question, test),
    finds: leastFound(question, test),
  }));
  const asked = question.tests.filter(({ must, limits, noise }) => must && isKnown(limits.test, noise));
  const waits: [string, number][] = [
    ['duration', durationMs],
    ['minPairs', minPairsMs],
    ...asked.map(({ name }): [string, number] => [
      name,
      tests.find((test) => test.name === name)?.acceptedMs ?? Infinity,
    ]),
  ];
  const [heldBy, longestMs] = waits.reduce((a, b) => (b[1] > a[1] ? b : a));
  return { minPairsMs, totalMs: longestMs <= maxDurationMs ? Math.round(longestMs) : null, heldBy, tests };
}

/** How far apart values of a pair lie is the candidate's own secret, but for shares. */
function isKnown({ kind }: PairTest, noise: number | undefined): boolean {
  return kind === 'agreement' || noise !== undefined;
}

const growth = 1.02;

function acceptedMs(question: PairsQuestion, asked: QuestionedPairTest): number | null {
  const { test, beta } = asked.limits;
  if (!isKnown(test, asked.noise)) return null;
  for (let ms = 1_000; ms <= question.maxDurationMs; ms *= growth) {
    const { logE, logThreshold } = pairAcceptance(expected(question, asked, ms, 0), test, beta);
    if (logE !== null && logE >= logThreshold) return Math.round(ms);
  }
  return null;
}

function leastFound(question: PairsQuestion, asked: QuestionedPairTest): number | null {
  const { test, alpha } = asked.limits;
  if (!isKnown(test, asked.noise)) return null;
  const isFound = (difference: number): boolean => {
    const { logE, logThreshold } = pairHarm(expected(question, asked, question.durationMs, difference), test, alpha);
    return logE !== null && logE >= logThreshold;
  };
  let [least, most] = [test.most, test.kind === 'mean' ? Math.log(1_000) : 1];
  if (!isFound(most)) return null;
  for (let step = 0; step < 40; step += 1) {
    const middle = (least + most) / 2;
    if (isFound(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/** What there is on average after so long, of a candidate that is worse by so much. */
function expected(
  { pairsPerSecond, unitsPerSecond }: PairsQuestion,
  { share, noise = 0, limits: { test } }: QuestionedPairTest,
  ms: number,
  difference: number,
): PairTotals {
  const n = (share * pairsPerSecond * ms) / 1_000;
  const units = Math.min(n, (share * unitsPerSecond * ms) / 1_000);
  const { mean, square } = momentsOf(test, noise, difference);
  // the exact tests count in whole numbers
  const firsts = { n: Math.round(units), sum: Math.round(units * mean), sumSquares: Math.round(units * square) };
  if (units <= 0) return { ...{ n: 0, sum: 0, sumSquares: 0 }, firsts, units: noUnits };
  const each = n / units;
  const spread = square - mean ** 2;
  return {
    ...{ n: Math.round(n), sum: n * mean, sumSquares: n * square, firsts },
    units: {
      ...{ n: units, y: n * mean, d: n },
      ...{ yy: units * (each ** 2 * mean ** 2 + each * spread), yd: units * each ** 2 * mean, dd: units * each ** 2 },
      ...{ x: 0, xx: 0, xy: 0, xd: 0 },
    },
  };
}

const noUnits: PairTotals['units'] = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 };

/** Of a value: its mean, and the mean of its square. */
function momentsOf({ kind, sign }: PairTest, noise: number, difference: number): { mean: number; square: number } {
  switch (kind) {
    case 'agreement':
      return { mean: 1 - difference, square: 1 - difference };
    case 'signed':
      return { mean: sign * difference, square: Math.min(1, noise + difference) };
    case 'mean':
    case 'distance':
      return { mean: difference, square: noise ** 2 + difference ** 2 };
  }
}
