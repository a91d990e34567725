// The one rule of counting: what a prediction, a value or an exclusion adds to the book. See docs/statistics.md, "Counting".
import { sumsFor, unitFor, type Book, type Exposure } from './book';
import { multiplyFixed, toFixed, type Fixed } from './fixed-point';
import { latencyBin, slowestBin } from './latency-bins';
import { overlapWeight } from './overlap-weight';
import { type Exclusion, type ScopeSums, type Sums } from './sums';
import { takeInPeriod, takeOnce, totalOf, type UnitTotal } from './unit-state';

/** What the assigned version made of a prediction. */
export interface Served {
  /** True when the version gave no usable answer: error, timeout, unreachable. */
  readonly failed: boolean;
  /** True for an answer of 4xx other than 429: the caller's fault. */
  readonly clientError: boolean;
  readonly latencyMs: number;
  /** The second, since the epoch, in which the arm was chosen; absent: nobody knows. */
  readonly decidedSecond?: number | undefined;
}

/** The value of a prediction for a metric changes: before undefined: it counts now; after undefined: it counts no more. */
export interface ValueChange {
  readonly metric: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Firsts that are not metrics; metric names begin with a letter or digit. */
const exposureFirst = '#exposure';
const stepFirst = '#step';

const one = toFixed(1);

export function countPrediction(book: Book, exposure: Exposure, served: Served): void {
  const unit = unitFor(book, exposure);
  const firsts = {
    once: !unit || takeOnce(unit, exposureFirst),
    inPeriod: !unit || takeInPeriod(unit, exposureFirst, exposure.stage, exposure.period),
  };
  const errors = countRate(book, exposure, 'error-rate', served.failed, firsts);
  if (firsts.once) countNewUnit(errors, served);
  if (!unit || takeInPeriod(unit, stepFirst, exposure.stage, exposure.step)) errors.stepUnits += 1;
  countRate(book, exposure, 'client-error-rate', served.clientError, firsts);
  countLatency(book, exposure, served);
}

function countNewUnit(errors: Sums, { decidedSecond }: Served): void {
  errors.newUnits += 1;
  if (decidedSecond === undefined) return;
  errors.decided ??= {};
  errors.decided[decidedSecond] = (errors.decided[decidedSecond] ?? 0) + 1;
}

/** A rate's scopes count units at their first prediction, and the first time that it happened to them. */
function countRate(
  book: Book,
  exposure: Exposure,
  metric: string,
  happened: boolean,
  firsts: { once: boolean; inPeriod: boolean },
): Sums {
  const sums = sumsFor(book, exposure, metric);
  addChange(book, exposure, sums, { metric, before: undefined, after: happened ? 1 : 0 });
  if (firsts.once) sums.once.n += 1;
  if (firsts.inPeriod) sums.inPeriod.n += 1;
  if (happened) eachFirst(book, exposure, metric, sums, (scope) => (scope.sum += one));
  return sums;
}

/** Means are over usable answers; the scopes' histograms hold failures too, above every edge. */
function countLatency(book: Book, exposure: Exposure, served: Served): void {
  const sums = sumsFor(book, exposure, 'latency');
  if (!served.failed)
    addChange(book, exposure, sums, { metric: 'latency', before: undefined, after: served.latencyMs });
  const bin = String(served.failed ? slowestBin : latencyBin(served.latencyMs));
  eachFirst(book, exposure, 'latency', sums, (scope) => {
    const histogram = (scope.histogram ??= {});
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  });
}

/** A declared metric: a first value, or a correction, which changes sums and never scopes. */
export function countValue(book: Book, exposure: Exposure, change: ValueChange): void {
  const { before, after } = change;
  if (before === after) return;
  const sums = sumsFor(book, exposure, change.metric);
  addChange(book, exposure, sums, change);
  if (before !== undefined || after === undefined) return;
  eachFirst(book, exposure, change.metric, sums, (scope) => {
    scope.n += 1;
    const value = toFixed(after);
    scope.sum += value;
    scope.sumSquares = (scope.sumSquares ?? 0n) + multiplyFixed(value, value);
  });
}

/** Items of one answer, each in a bin: the distribution of a value, whoever's unit it is. */
export function countItems(book: Book, exposure: Exposure, metric: string, bins: readonly number[]): void {
  const sums = sumsFor(book, exposure, metric);
  const histogram = (sums.histogram ??= {});
  for (const bin of bins) histogram[String(bin)] = (histogram[String(bin)] ?? 0) + 1;
  sums.n += bins.length;
}

export function countExcluded(book: Book, exposure: Exposure, metric: string, reason: Exclusion): void {
  sumsFor(book, exposure, metric).excluded[reason] += 1;
}

function eachFirst(book: Book, exposure: Exposure, metric: string, sums: Sums, add: (scope: ScopeSums) => void): void {
  const unit = unitFor(book, exposure);
  if (!unit || takeOnce(unit, metric)) add(sums.once);
  if (!unit || takeInPeriod(unit, metric, exposure.stage, exposure.period)) add(sums.inPeriod);
}

/** The change of a value, exactly. */
interface Change {
  /** Of the number of records: 1, 0 or -1. */
  readonly records: number;
  /** Did it count before? 1 or 0. */
  readonly own: number;
  readonly was: Fixed;
  readonly is: Fixed;
}

function addChange(book: Book, exposure: Exposure, sums: Sums, { metric, before, after }: ValueChange): void {
  const own = Number(before !== undefined);
  const records = Number(after !== undefined) - own;
  const change = { records, own, was: toFixed(before ?? 0), is: toFixed(after ?? 0) };
  sums.n += records;
  sums.sum += change.is - change.was;
  sums.sumSquares += multiplyFixed(change.is, change.is) - multiplyFixed(change.was, change.was);
  const h = toFixed(overlapWeight(exposure.weights, exposure.arm));
  if (h === 0n) return;
  const unit = unitFor(book, exposure);
  // a prediction without a unit is its own: its total is what it counted for before
  const alone = { n: own, y: multiplyFixed(h, change.was), d: h * BigInt(own) };
  addUnitChange(unit ? totalOf(unit, exposure.arm, metric) : alone, sums, change, h);
}

/** Sums over units telescope: each change takes the unit's old total out and puts the new one in. */
function addUnitChange(total: UnitTotal, { unitSums }: Sums, { records, was, is }: Change, h: Fixed): void {
  const old = { ...total };
  total.n += records;
  total.y += multiplyFixed(h, is) - multiplyFixed(h, was);
  total.d += h * BigInt(records);
  unitSums.n += Number(total.n > 0) - Number(old.n > 0);
  unitSums.y += total.y - old.y;
  unitSums.d += total.d - old.d;
  unitSums.yy += multiplyFixed(total.y, total.y) - multiplyFixed(old.y, old.y);
  unitSums.yd += multiplyFixed(total.y, total.d) - multiplyFixed(old.y, old.d);
  unitSums.dd += multiplyFixed(total.d, total.d) - multiplyFixed(old.d, old.d);
}
