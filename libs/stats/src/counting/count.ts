// The one rule of counting: what a prediction, a value or an exclusion adds to the book. See docs/statistics.md, "Counting".
import { sumsFor, unitFor, type Book, type Exposure } from './book';
import { countWay, noted } from './count-stages';
import { multiplyFixed, toFixed } from './fixed-point';
import { latencyBin, slowestBin } from './latency-bins';
import { fixedWeight } from './overlap-weight';
import { type Exclusion, type ScopeSums, type Sums } from './sums';
import { addUnitChange, aloneOf, changeOf, partMove, recordMove, unitMove, type Change } from './unit-change';
import { takeInPeriod, takeOnce, totalOf } from './unit-state';

/** What the assigned version made of a prediction. */
export interface Served {
  /** True when the version gave no usable answer: error, timeout, unreachable. */
  readonly failed: boolean;
  /** True for an answer of 4xx other than 429: the caller's fault. */
  readonly clientError: boolean;
  readonly latencyMs: number;
  /** The second, since the epoch, in which the arm was chosen; absent: nobody knows. */
  readonly decidedSecond?: number | undefined;
  /** False: the caller got no version's answer, not even stable's in its place. */
  readonly answered?: boolean | undefined;
}

/** The value of a prediction for a metric changes: before undefined: it counts now; after undefined: it counts no more. */
export interface ValueChange {
  readonly metric: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** What the metric's mean is over; absent: predictions. */
  readonly per?: 'prediction' | 'unit' | undefined;
  /** The second in which the prediction was decided. */
  readonly decidedSecond?: number | undefined;
}

/** The same of one part of a ratio, whose name stands for the metric. */
export interface PartChange extends Omit<ValueChange, 'per'> {
  readonly part: 'numerator' | 'denominator';
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
  const { decidedSecond, answered = true } = served;
  if (firsts.once) countNewUnit(errors, decidedSecond);
  countWay(unit, errors, { isFirst: firsts.once, isAnswered: answered, decidedSecond });
  if (!unit || takeInPeriod(unit, stepFirst, exposure.stage, exposure.step)) errors.stepUnits += 1;
  countRate(book, exposure, 'client-error-rate', served.clientError, firsts);
  countLatency(book, exposure, served);
}

function countNewUnit(errors: Sums, decidedSecond: number | undefined): void {
  errors.newUnits += 1;
  errors.decided = noted(errors.decided, decidedSecond);
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
  if (!happened) return sums;
  if (isFirst(book, exposure, metric)) sums.once.sum += one;
  if (isFirstInPeriod(book, exposure, metric)) sums.inPeriod.sum += one;
  return sums;
}

/** Means are over usable answers; the scopes' histograms hold failures too, above every edge. */
function countLatency(book: Book, exposure: Exposure, served: Served): void {
  const sums = sumsFor(book, exposure, 'latency');
  if (!served.failed)
    addChange(book, exposure, sums, { metric: 'latency', before: undefined, after: served.latencyMs });
  const isOnce = isFirst(book, exposure, 'latency');
  const isInPeriod = isFirstInPeriod(book, exposure, 'latency');
  if (!isOnce && !isInPeriod) return;
  const bin = String(served.failed ? slowestBin : latencyBin(served.latencyMs));
  if (isOnce) addToBin(sums.once, bin);
  if (isInPeriod) addToBin(sums.inPeriod, bin);
}

function addToBin(scope: ScopeSums, bin: string): void {
  const histogram = (scope.histogram ??= {});
  histogram[bin] = (histogram[bin] ?? 0) + 1;
}

/** A declared metric: a first value, or a correction, which changes sums and never scopes. */
export function countValue(book: Book, exposure: Exposure, change: ValueChange): void {
  const { before, after } = change;
  if (before === after) return;
  const sums = sumsFor(book, exposure, change.metric);
  addChange(book, exposure, sums, change);
  if (before !== undefined || after === undefined) return;
  if (isFirst(book, exposure, change.metric)) {
    addToScope(sums.once, after);
    sums.decided = noted(sums.decided, change.decidedSecond);
  }
  if (isFirstInPeriod(book, exposure, change.metric)) addToScope(sums.inPeriod, after);
}

function addToScope(scope: ScopeSums, of: number): void {
  const value = toFixed(of);
  scope.n += 1;
  scope.sum += value;
  scope.sumSquares = (scope.sumSquares ?? 0n) + multiplyFixed(value, value);
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

/** Noted by asking, as the unit's first in the rollout; a prediction without a unit always is. */
function isFirst(book: Book, exposure: Exposure, metric: string): boolean {
  const unit = unitFor(book, exposure);
  return !unit || takeOnce(unit, metric);
}

/** Likewise, in the period. */
function isFirstInPeriod(book: Book, exposure: Exposure, metric: string): boolean {
  const unit = unitFor(book, exposure);
  return !unit || takeInPeriod(unit, metric, exposure.stage, exposure.period);
}

/**
 * Part of a ratio: Y of a unit is the sum of its numerators, D that of its denominators. Of records with a unit; without one the two parts of a
 * prediction could not be told to be of one unit, and are excluded as `missing`.
 */
export function countPart(book: Book, exposure: Exposure, { metric, part, ...values }: PartChange): void {
  if (values.before === values.after) return;
  const unit = unitFor(book, exposure);
  const sums = sumsFor(book, exposure, metric);
  if (!unit) {
    sums.excluded.missing += 1;
    return;
  }
  const change = changeOf(values);
  if (part === 'denominator') sums.n += change.records;
  else addValues(sums, change);
  const h = fixedWeight(exposure.weights, exposure.arm);
  if (h === 0n) return;
  const move = partMove(part, change, h);
  addUnitChange(totalOf(unit, exposure, metric), sums, move, unit.past?.[metric]);
}

function addValues(sums: Sums, { was, is }: Change): void {
  sums.sum += is - was;
  sums.sumSquares += multiplyFixed(is, is) - multiplyFixed(was, was);
}

function addChange(book: Book, exposure: Exposure, sums: Sums, change: ValueChange): void {
  const { metric, per, before, after } = change;
  if (before === undefined && after !== undefined && per !== 'unit')
    return addFirst(book, exposure, sums, metric, after);
  const of = changeOf(change);
  sums.n += of.records;
  addValues(sums, of);
  const h = fixedWeight(exposure.weights, exposure.arm);
  if (h === 0n) return;
  const unit = unitFor(book, exposure);
  if (!unit) return addUnitChange(aloneOf(of, h), sums, recordMove(of, h));
  const total = totalOf(unit, exposure, metric);
  const move = per === 'unit' ? unitMove(total, of, h) : recordMove(of, h);
  addUnitChange(total, sums, move, unit.past?.[metric]);
}

/** The same of a value that nothing was counted of before: mostly all that is counted. */
function addFirst(book: Book, exposure: Exposure, sums: Sums, metric: string, value: number): void {
  const is = toFixed(value);
  sums.n += 1;
  if (is !== 0n) {
    sums.sum += is;
    sums.sumSquares += multiplyFixed(is, is);
  }
  const h = fixedWeight(exposure.weights, exposure.arm);
  if (h === 0n) return;
  const unit = unitFor(book, exposure);
  const move = { n: 1, y: multiplyFixed(h, is), d: h };
  if (!unit) return addUnitChange({ n: 0, y: 0n, d: 0n }, sums, move);
  addUnitChange(totalOf(unit, exposure, metric), sums, move, unit.past?.[metric]);
}
