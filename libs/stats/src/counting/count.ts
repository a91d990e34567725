// The one rule of counting: what a prediction, a value or an exclusion adds to the book. See docs/statistics.md, "Counting".
import { sumsFor, unitFor, type Book, type Exposure } from './book';
import { latencyBin, slowestBin } from './latency-bins';
import { overlapWeight } from './overlap-weight';
import { type Exclusion, type ScopeSums, type Sums } from './sums';
import { takeInPeriod, takeOnce, totalOf, type UnitState } from './unit-state';

/** What the assigned version made of a prediction. */
export interface Served {
  /** True when the version gave no usable answer: error, timeout, unreachable. */
  readonly failed: boolean;
  /** True for an answer of 4xx other than 429: the caller's fault. */
  readonly clientError: boolean;
  readonly latencyMs: number;
}

/** The value of a prediction for a metric changes: before undefined: it counts now; after undefined: it counts no more. */
export interface ValueChange {
  readonly metric: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Firsts that are not metrics; metric names begin with a letter or digit. */
const exposureFirst = '#exposure';

export function countPrediction(book: Book, exposure: Exposure, served: Served): void {
  const unit = unitFor(book, exposure);
  const firsts = {
    once: !unit || takeOnce(unit, exposureFirst),
    inPeriod: !unit || takeInPeriod(unit, exposureFirst, exposure.stage, exposure.period),
  };
  const errors = countRate(book, exposure, 'error-rate', served.failed, firsts);
  if (firsts.once) errors.newUnits += 1;
  countRate(book, exposure, 'client-error-rate', served.clientError, firsts);
  countLatency(book, exposure, served);
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
  if (happened) eachFirst(book, exposure, metric, sums, (scope) => (scope.sum += 1));
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
    scope.sum += after;
  });
}

export function countExcluded(book: Book, exposure: Exposure, metric: string, reason: Exclusion): void {
  sumsFor(book, exposure, metric).excluded[reason] += 1;
}

function eachFirst(book: Book, exposure: Exposure, metric: string, sums: Sums, add: (scope: ScopeSums) => void): void {
  const unit = unitFor(book, exposure);
  if (!unit || takeOnce(unit, metric)) add(sums.once);
  if (!unit || takeInPeriod(unit, metric, exposure.stage, exposure.period)) add(sums.inPeriod);
}

function addChange(book: Book, exposure: Exposure, sums: Sums, change: ValueChange): void {
  const { before, after } = change;
  const records = Number(after !== undefined) - Number(before !== undefined);
  sums.n += records;
  sums.sum += (after ?? 0) - (before ?? 0);
  sums.sumSquares += (after ?? 0) ** 2 - (before ?? 0) ** 2;
  const h = overlapWeight(exposure.weights, exposure.arm);
  if (h > 0) addUnitChange(unitFor(book, exposure), exposure.arm, sums, change, h);
}

function addUnitChange(unit: UnitState | undefined, arm: string, sums: Sums, change: ValueChange, h: number): void {
  const { before, after } = change;
  const own = Number(before !== undefined);
  // a prediction without a unit is its own: its total is what it counted for before
  const total = unit ? totalOf(unit, arm, change.metric) : { n: own, y: h * (before ?? 0), d: h * own };
  const old = { ...total };
  total.n += Number(after !== undefined) - own;
  total.y += h * ((after ?? 0) - (before ?? 0));
  total.d = total.n === 0 ? 0 : total.d + h * (Number(after !== undefined) - own);
  if (total.n === 0) total.y = 0;
  const delta = sums.unitSums;
  delta.n += Number(total.n > 0) - Number(old.n > 0);
  delta.y += total.y - old.y;
  delta.d += total.d - old.d;
  delta.yy += total.y ** 2 - old.y ** 2;
  delta.yd += total.y * total.d - old.y * old.d;
  delta.dd += total.d ** 2 - old.d ** 2;
}
