// Shadows in miniature for specs: pairs drawn from a seed, added up as evidence adds them, looked at after every window.
import { normal, randomOf, type Random } from './numerics/seeded-draws';
import { zipf } from './simulated-canary.fixture';
import { breachOf, judgePairs, segmentShare, type PairLimits, type PairNumbers } from './judge-pairs';
import { noPairTotals, type PairTotals } from './pair-totals';

export interface SimulatedPair {
  readonly value: number;
  readonly segment: string;
}

export interface Simulation {
  readonly limits: PairLimits;
  readonly draw: (random: Random) => SimulatedPair;
  readonly windows: number;
  readonly pairsPerWindow: number;
  /** Units that come again and again; 0: each pair is its own. */
  readonly units: number;
  readonly segmented?: boolean;
  /** false: when it passes is not asked, which takes most of the time. */
  readonly passes?: boolean;
}

export interface Found {
  /** The window in which it was found, and where; null: never. */
  readonly breach: { readonly window: number; readonly segment: string | null } | null;
  readonly passedAt: number | null;
  readonly numbers: PairNumbers;
}

/** Adds pairs up as the book does: firsts by unit, unit sums by the change of a unit's total. In place, for there are millions. */
export class PairSums {
  readonly totals = structuredClone(noPairTotals) as Changeable<PairTotals>;
  private readonly byUnit = new Map<number, { y: number; d: number }>();

  add(unit: number | null, value: number): void {
    const { totals } = this;
    const { firsts, units } = totals;
    const known = unit === null ? undefined : this.byUnit.get(unit);
    const [y, d] = known ? [known.y, known.d] : [0, 0];
    totals.n += 1;
    totals.sum += value;
    totals.sumSquares += value * value;
    if (!known) {
      if (unit !== null) this.byUnit.set(unit, { y: value, d: 1 });
      firsts.n += 1;
      firsts.sum += value;
      firsts.sumSquares += value * value;
      units.n += 1;
    } else {
      known.y += value;
      known.d += 1;
    }
    units.y += value;
    units.d += 1;
    units.yy += (y + value) ** 2 - y ** 2;
    units.yd += (y + value) * (d + 1) - y * d;
    units.dd += (d + 1) ** 2 - d ** 2;
  }
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] extends object ? Changeable<T[K]> : T[K] };

export function simulate(simulation: Simulation, seed: number): Found {
  const { limits, draw, windows, pairsPerWindow, units, segmented = false, passes = true } = simulation;
  const random = randomOf(seed);
  const unitOf = units > 0 ? zipf(units, 1) : undefined;
  const all = new PairSums();
  const segments = new Map<string, PairSums>();
  const share = segmented ? 0.5 : 1;
  let [breach, passedAt]: [Found['breach'], number | null] = [null, null];
  for (let window = 0; window < windows && !breach; window += 1) {
    for (let pair = 0; pair < pairsPerWindow; pair += 1) {
      const { value, segment } = draw(random);
      const unit = unitOf ? unitOf(random) : null;
      all.add(unit, value);
      if (!segmented) continue;
      const own = segments.get(segment) ?? new PairSums();
      segments.set(segment, own);
      own.add(unit, value);
    }
    if (breachOf(all.totals, limits, share)) breach = { window, segment: null };
    [...segments].forEach(([segment, { totals }], index) => {
      if (!breach && breachOf(totals, limits, segmentShare(index + 1))) breach = { window, segment };
    });
    if (passes && passedAt === null && judgePairs(all.totals, limits, share).accepted) passedAt = window;
  }
  return { breach, passedAt, numbers: judgePairs(all.totals, limits, share) };
}

const alone = (value: number): SimulatedPair => ({ value, segment: 'all' });

/** 1 where they agree. */
export const agreeing =
  (share: number) =>
  (random: Random): SimulatedPair =>
    alone(random() < share ? 1 : 0);

/** The difference of two failures that come independently. */
export const failing =
  (stable: number, shadow: number) =>
  (random: Random): SimulatedPair =>
    alone(Number(random() < shadow) - Number(random() < stable));

/** The logarithm of a ratio of latencies, each spread by half. */
export const latencies =
  (ratio: number) =>
  (random: Random): SimulatedPair =>
    alone(Math.log(ratio) + 0.5 * (normal(random) - normal(random)));

/** Differences of scores with noise; `shift` in one of four segments only. */
export const scores =
  (shift: number, noise = 0.05) =>
  (random: Random): SimulatedPair => {
    const segment = ['de', 'fr', 'it', 'us'][Math.floor(4 * random())] ?? 'us';
    return { value: (segment === 'it' ? shift : 0) + noise * normal(random), segment };
  };

const limitsOf = (test: PairLimits['test'], alpha = 0.01 / 5): PairLimits => ({ test, alpha, beta: 0.05 });

/** As a shadow of five tests has them. */
export const examples = {
  agreement: limitsOf({ kind: 'agreement', most: 0.02, sign: 1 }),
  errors: limitsOf({ kind: 'signed', most: 0.01, sign: 1 }),
  latency: limitsOf({ kind: 'mean', most: Math.log(1.5), sign: 1 }),
  score: limitsOf({ kind: 'distance', most: 0.005, sign: 1 }),
  right: limitsOf({ kind: 'signed', most: 0, sign: -1 }),
} as const;
