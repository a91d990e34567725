// The book of one rollout while records are counted into it: the units they belong to and the rows of the open window.
import { type Weights } from './overlap-weight';
import { emptySums, type Sums } from './sums';
import { newUnitState, type UnitState } from './unit-state';

/** What a record says of the decision it came from. All of it is the record's own, never what is in force now. */
export interface Exposure {
  readonly stage: number;
  readonly step: number;
  readonly epoch: number;
  /** Basis points by arm. */
  readonly weights: Weights;
  readonly segment: string | null;
  /** The arm assigned: intention to treat. */
  readonly arm: string;
  /** Absent: the prediction is its own unit. */
  readonly unit?: string | undefined;
  /** The period of its stage in which the record is counted. */
  readonly period: number;
  /** The same object only where all but the unit is the same: rows are found by it. For books that are opened for one transaction. */
  readonly place?: object | undefined;
}

/** One row of evidence: sums are kept apart by all of these. */
export interface RowKey extends Omit<Exposure, 'unit' | 'place'> {
  readonly metric: string;
}

export interface Row {
  readonly key: RowKey;
  readonly sums: Sums;
}

/** What was known of a unit before the rollout, by metric: the covariates of its state. */
export type Past = NonNullable<UnitState['past']>;

export interface Book {
  readonly units: Map<string, UnitState>;
  /** Of units that have no state yet. */
  readonly pasts: ReadonlyMap<string, Past>;
  readonly rows: Map<string, Row>;
  readonly touchedUnits: Set<string>;
  readonly touchedRows: Set<string>;
  readonly found: Found;
}

/** What was looked up for exposures with a place. */
interface Found {
  readonly sums: Map<object, Map<string, Sums>>;
  unit: string | undefined;
  state: UnitState | undefined;
}

/** Opens a book on what was kept of the units concerned and of the open window. */
export function openBook(
  units: Iterable<readonly [string, UnitState]> = [],
  rows: Iterable<Row> = [],
  pasts: ReadonlyMap<string, Past> = new Map(),
): Book {
  const byId = new Map([...rows].map((row) => [rowId(row.key), row]));
  const found: Found = { sums: new Map<object, Map<string, Sums>>(), unit: undefined, state: undefined };
  return { units: new Map(units), pasts, rows: byId, touchedUnits: new Set(), touchedRows: new Set(), found };
}

/** The same text for the same row, whatever the order of its weights. Names hold no slash; the segment, which may, is last. */
export function rowId(key: RowKey): string {
  return idOf(key, key.metric);
}

function idOf({ stage, step, period, epoch, weights, arm, segment }: Omit<RowKey, 'metric'>, metric: string): string {
  return `${stage}/${step}/${period}/${epoch}/${allocationOf(weights)}/${arm}/${metric}${segment === null ? '' : `/${segment}`}`;
}

const allocations = new WeakMap<Weights, string>();

/** Records of one policy share their weights' object more often than not. */
function allocationOf(weights: Weights): string {
  const known = allocations.get(weights);
  if (known !== undefined) return known;
  const told = Object.keys(weights)
    .sort()
    .map((name) => `${name}=${weights[name]}`)
    .join(',');
  allocations.set(weights, told);
  return told;
}

export function sumsFor(book: Book, exposure: Exposure, metric: string): Sums {
  const { place } = exposure;
  if (place === undefined) return rowFor(book, exposure, metric);
  let ofPlace = book.found.sums.get(place);
  if (!ofPlace) book.found.sums.set(place, (ofPlace = new Map<string, Sums>()));
  let sums = ofPlace.get(metric);
  if (!sums) ofPlace.set(metric, (sums = rowFor(book, exposure, metric)));
  return sums;
}

function rowFor(book: Book, exposure: Exposure, metric: string): Sums {
  const id = idOf(exposure, metric);
  book.touchedRows.add(id);
  const known = book.rows.get(id);
  if (known) return known.sums;
  const { stage, step, epoch, weights, segment, arm, period } = exposure;
  const row = { key: { stage, step, period, epoch, weights, segment, arm, metric }, sums: emptySums() };
  book.rows.set(id, row);
  return row.sums;
}

/** The unit of a record, or undefined where the prediction is its own. */
export function unitFor(book: Book, exposure: Exposure): UnitState | undefined {
  const { unit, place } = exposure;
  if (unit === undefined || place === undefined) return stateFor(book, exposure);
  const { found } = book;
  if (found.unit === unit) return found.state;
  found.unit = unit;
  return (found.state = stateFor(book, exposure));
}

function stateFor(book: Book, exposure: Exposure): UnitState | undefined {
  if (exposure.unit === undefined) return undefined;
  book.touchedUnits.add(exposure.unit);
  const known = book.units.get(exposure.unit);
  if (known) return known;
  const { arm, epoch, segment } = exposure;
  const past = book.pasts.get(exposure.unit);
  const state = newUnitState({ arm, epoch, segment, ...(past && { past }) });
  book.units.set(exposure.unit, state);
  return state;
}
