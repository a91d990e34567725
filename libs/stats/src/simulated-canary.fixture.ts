// A canary in miniature for specs: units, versions and windows are drawn from a seed and counted by the real rule of counting.
import { openBook, type Book, type Exposure } from './counting/book';
import { countPrediction, countValue } from './counting/count';
import { toldSums } from './counting/sums';
import { type EvidenceRow } from './evidence-row';
import { randomOf, type Random } from './numerics/seeded-draws';

const { floor, log } = Math;

export function exponential(random: Random, mean: number): number {
  return -mean * log(1 - random());
}

/** A draw from 0..size-1 with probability proportional to (rank + 1)^-exponent. */
export function zipf(size: number, exponent: number): (random: Random) => number {
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 0; rank < size; rank += 1) cumulative.push((total += (rank + 1) ** -exponent));
  return (random) => {
    const target = random() * total;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** What a version does to a prediction, at the time of day that the window stands for (0 at the start, 1 at the end). */
export interface Version {
  readonly errorRate: (at: number) => number;
  /** Latency in milliseconds. */
  readonly latency: (random: Random, at: number) => number;
  /** The share of right answers. */
  readonly correct: (at: number) => number;
}

export interface Traffic {
  readonly units: number;
  /** 0: every unit as often as any other. */
  readonly zipfExponent: number;
  /** Units that always fail, whatever the version. */
  readonly sickShare: number;
  readonly predictionsPerWindow: number;
  /** Outcomes come so many windows later, in the mean. */
  readonly outcomeDelay: number;
  readonly windowsPerPeriod: number;
}

/** Where the canary stands in a window. */
export interface Place {
  readonly step: number;
  readonly weightBps: number;
}

export interface SimulatedCanary {
  /** Counts one window and gives its final rows. `at` is the time of day, 0 to 1. */
  next(place: Place, at: number): EvidenceRow[];
}

interface Due {
  readonly exposure: Exposure;
  readonly right: boolean;
}

export function simulateCanary(
  seed: number,
  traffic: Traffic,
  versions: { stable: Version; candidate: Version },
  draw = zipf(traffic.units, traffic.zipfExponent),
): SimulatedCanary {
  const random = randomOf(seed);
  // a unit's place on the unit interval says which arm it is in; a growing share only ever moves units to the candidate
  const places = Float64Array.from({ length: traffic.units }, random);
  const sick = Array.from({ length: traffic.units }, () => random() < traffic.sickShare);
  const due = new Map<number, Due[]>();
  const units: Book['units'] = new Map();
  let [window, period, last] = [-1, -1, { step: -1, since: 0 }];

  function expose({ step, weightBps }: Place, unit: number): Exposure {
    const arm = (places[unit] ?? 0) * 10_000 < weightBps ? 'v2' : 'v1';
    const weights = { v1: 10_000 - weightBps, v2: weightBps };
    return { stage: 0, step, epoch: step + 1, weights, segment: null, arm, unit: `u${unit}`, period };
  }

  function predict(book: Book, place: Place, at: number): void {
    const unit = draw(random);
    const exposure = expose(place, unit);
    const version = exposure.arm === 'v2' ? versions.candidate : versions.stable;
    const failed = sick[unit] === true || random() < version.errorRate(at);
    countPrediction(book, exposure, { failed, clientError: false, latencyMs: version.latency(random, at) });
    if (failed) return;
    const delay = floor(exponential(random, traffic.outcomeDelay) + random());
    const list = due.get(window + delay) ?? [];
    list.push({ exposure, right: random() < version.correct(at) });
    due.set(window + delay, list);
  }

  return {
    next(place, at) {
      window += 1;
      const begins = place.step !== last.step || (window - last.since) % traffic.windowsPerPeriod === 0;
      if (place.step !== last.step) last = { step: place.step, since: window };
      if (begins) period += 1;
      // the book goes on, its rows anew: nothing of a unit is written down and read again
      const book = { ...openBook(), units };
      for (let n = 0; n < traffic.predictionsPerWindow; n += 1) predict(book, place, at);
      for (const { exposure, right } of due.get(window) ?? [])
        countValue(book, { ...exposure, period }, { metric: 'correct', before: undefined, after: right ? 1 : 0 });
      due.delete(window);
      return [...book.rows.values()].map(({ key, sums }) => ({ ...key, ...toldSums(sums), window: { index: window } }));
    },
  };
}
