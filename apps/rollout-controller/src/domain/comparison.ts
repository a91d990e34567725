// What the pairs of one attempt amount to, window by window: sums by what they are of, and the tests that have breached.
import { pairMetrics, type Evidence } from '@weir/contracts';
import {
  addPairTotals,
  breachOf,
  measureDrift,
  noPairTotals,
  segmentShare,
  type MeasuredDrift,
  type PairBreach,
  type PairTotals,
} from '@weir/stats';
import { type PlannedComparison } from './comparison-plans';
import { type WholeWindow } from './whole-windows';

/** Sums of one metric of one pair. Plain JSON. */
export interface PairCell {
  readonly totals: PairTotals;
  /** Of distributions: items by bin, and how many bins there are; ordered: of numbers. */
  readonly histogram?: Readonly<Record<string, number>>;
  readonly bins?: { readonly count: number; readonly ordered: boolean };
}

export interface JudgedComparison extends PlannedComparison {
  readonly breach: PairBreach | null;
}

/** Plain JSON. */
export interface Comparison {
  /** The last window of the comparator folded in; null before the first. */
  readonly through: { readonly index: number; readonly to: string } | null;
  readonly baseline: string;
  readonly tests: readonly JudgedComparison[];
  /** By `cellKey`; of segments only what is tested. */
  readonly cells: Readonly<Record<string, PairCell>>;
  /** By stage and candidate, in the order in which they were first seen. */
  readonly segments: Readonly<Record<string, readonly string[]>>;
}

export interface CellPlace {
  readonly stage: number;
  readonly candidate: string;
  readonly arm: string;
  readonly metric: string;
  readonly output?: string | null | undefined;
  readonly segment?: string | null | undefined;
}

export function cellKey({ stage, candidate, arm, metric, output, segment }: CellPlace): string {
  return JSON.stringify([stage, candidate, arm, metric, output ?? null, segment ?? null]);
}

export function openComparison(baseline: string, tests: readonly PlannedComparison[]): Comparison {
  return {
    through: null,
    baseline,
    tests: tests.map((test) => ({ ...test, breach: null })),
    cells: {},
    segments: {},
  };
}

/** Windows come whole and in ascending order; one that has been folded in changes nothing when it comes again. */
export function foldComparison(comparison: Comparison, { index, to, rows }: WholeWindow): Comparison {
  if (comparison.through && index <= comparison.through.index) return comparison;
  const cells = { ...comparison.cells };
  const segments = { ...comparison.segments };
  for (const row of rows) addRow({ ...comparison, cells, segments }, cells, segments, row);
  const folded = { ...comparison, through: { index, to }, cells, segments };
  return { ...folded, tests: folded.tests.map((test) => ({ ...test, breach: test.breach ?? breachIn(folded, test) })) };
}

function addRow(
  { baseline, tests }: Comparison,
  cells: Record<string, PairCell>,
  segments: Record<string, readonly string[]>,
  row: Evidence,
): void {
  const { stage, arm, metric, output, segment } = row;
  const candidate = arm === baseline ? Object.keys(row.weights).find((version) => version !== baseline) : arm;
  if (candidate === undefined || !isUsable(row)) return;
  const place = { stage, candidate, arm, metric, output };
  add(cells, cellKey(place), row);
  const isTested = tests.some(
    ({ measure, output: of, segmented }) =>
      segmented && measure.kind === 'values' && measure.metric === metric && of === (output ?? null),
  );
  if (segment === null || !isTested) return;
  add(cells, cellKey({ ...place, segment }), row);
  const group = segmentsKey(stage, candidate);
  const known = segments[group] ?? [];
  if (!known.includes(segment)) segments[group] = [...known, segment];
}

function segmentsKey(stage: number, candidate: string): string {
  return JSON.stringify([stage, candidate]);
}

/** Numbers that are none decide nothing. */
function isUsable({ n, sum, sumSquares, once, unitSums }: Evidence): boolean {
  return [n, sum, sumSquares, once.n, once.sum, once.sumSquares ?? 0, ...Object.values(unitSums)].every(
    Number.isFinite,
  );
}

function add(cells: Record<string, PairCell>, key: string, row: Evidence): void {
  const known = cells[key] ?? { totals: noPairTotals };
  const totals = addPairTotals(known.totals, row);
  cells[key] =
    row.bins && row.histogram ? { totals, ...addBins(known, row.bins, row.histogram) } : { ...known, totals };
}

function addBins(
  known: PairCell,
  bins: NonNullable<Evidence['bins']>,
  added: Readonly<Record<string, number>>,
): Pick<PairCell, 'histogram' | 'bins'> {
  const histogram: Record<string, number> = { ...known.histogram };
  for (const [bin, count] of Object.entries(added)) histogram[bin] = (histogram[bin] ?? 0) + count;
  const ordered = 'edges' in bins;
  return { histogram, bins: { ordered, count: ordered ? bins.edges.length + 2 : bins.categories.length + 1 } };
}

function breachIn(comparison: Comparison, test: PlannedComparison): PairBreach | null {
  const { stage, candidate, output, measure, segmented } = test;
  if (measure.kind !== 'values')
    return isFarApart(comparison, test) ? { logE: 0, logThreshold: 0, segment: null } : null;
  const limits = { test: measure.test, alpha: test.alpha ?? 0, beta: test.beta };
  const place = { stage, candidate, arm: candidate, metric: measure.metric, output };
  const all = breachOf(totalsAt(comparison, place), limits, segmented ? 0.5 : 1);
  if (all) return { ...all, segment: null };
  for (const [index, segment] of (comparison.segments[segmentsKey(stage, candidate)] ?? []).entries()) {
    const own = breachOf(totalsAt(comparison, { ...place, segment }), limits, segmentShare(index + 1));
    if (own) return { ...own, segment };
  }
  return null;
}

export function totalsAt({ cells }: Comparison, place: CellPlace): PairTotals {
  return cells[cellKey(place)]?.totals ?? noPairTotals;
}

/** Fewer items of an output say too little of its distribution. */
export const leastItems = 1_000;

function isFarApart(comparison: Comparison, { stage, candidate, output, measure, alpha }: PlannedComparison): boolean {
  const drift = driftAt(comparison, { stage, candidate, output }, alpha ?? 0.01);
  if (!drift || drift.items < leastItems || measure.kind === 'values') return false;
  if (measure.kind === 'psi') return (drift.psi ?? 0) > measure.most;
  return drift.distance !== null && drift.bound !== null && drift.distance - drift.bound > measure.most;
}

/** How far the distributions of both versions are apart; undefined before both are counted. */
export function driftAt(
  { cells, baseline }: Comparison,
  { stage, candidate, output }: Pick<PlannedComparison, 'stage' | 'candidate' | 'output'>,
  alpha: number,
): MeasuredDrift | undefined {
  const at = (arm: string) => cells[cellKey({ stage, candidate, arm, metric: pairMetrics.distribution, output })];
  const [reference, current] = [at(baseline), at(candidate)];
  const bins = reference?.bins ?? current?.bins;
  if (!reference || !current || !bins) return undefined;
  const counts = ({ histogram = {} }: PairCell) =>
    Array.from({ length: bins.count }, (_, bin) => histogram[String(bin)] ?? 0);
  return measureDrift({ reference: counts(reference), current: counts(current), ordered: bins.ordered }, alpha);
}
