// Exact totals, kept in the transactions that change them: what was sent is what is here.
import { outcomeStates, type OutcomeState } from './outcome';

const reportStates = ['given', 'missing', 'late', 'duplicate', 'orphan'] as const;

/**
 * given, missing: what became of a decision whose caller calls the model itself. late: a report after that; duplicate: another
 * one; orphan: of a prediction that was never decided.
 */
type ReportState = (typeof reportStates)[number];

export type Tallied =
  OutcomeState | 'predictions' | 'duplicate-predictions' | 'unknown-metric' | 'decided' | `report-${ReportState}`;

/** model is '' where none is known: an outcome whose prediction is not there, a row that could not be read. */
export interface TallyChange {
  readonly model: string;
  readonly tallied: Tallied;
  readonly by: number;
}

export interface Tallies {
  readonly predictions: number;
  readonly duplicatePredictions: number;
  readonly outcomes: Readonly<Record<OutcomeState, number>>;
  readonly unknownMetric: number;
  /** Decisions whose callers call the model themselves; those that are neither given nor missing are awaited. */
  readonly decided: number;
  readonly reports: Readonly<Record<ReportState, number>>;
}

/** One change per model and total, in the order in which rows are locked. */
export function mergeTallies(changes: readonly TallyChange[]): TallyChange[] {
  const merged = new Map<string, TallyChange>();
  for (const change of changes) {
    const key = `${change.model} ${change.tallied}`;
    merged.set(key, { ...change, by: change.by + (merged.get(key)?.by ?? 0) });
  }
  return [...merged]
    .filter(([, change]) => change.by !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, change]) => change);
}

export function talliesOf(totals: ReadonlyMap<string, number>): Tallies {
  const total = (tallied: Tallied) => totals.get(tallied) ?? 0;
  return {
    predictions: total('predictions'),
    duplicatePredictions: total('duplicate-predictions'),
    outcomes: Object.fromEntries(outcomeStates.map((state) => [state, total(state)])) as Record<OutcomeState, number>,
    unknownMetric: total('unknown-metric'),
    decided: total('decided'),
    reports: Object.fromEntries(reportStates.map((state) => [state, total(`report-${state}`)])) as Tallies['reports'],
  };
}
