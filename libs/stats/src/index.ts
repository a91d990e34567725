// How Weir counts (and, to come, decides). Pure.
export { overlapWeight, type Weights } from './counting/overlap-weight';
export { fastestBin, latencyBin, latencyEdgesMs, slowestBin } from './counting/latency-bins';
export { addSums, emptySums, type Exclusion, type ScopeSums, type Sums, type UnitSums } from './counting/sums';
export { type UnitState, type UnitTotal } from './counting/unit-state';
export { openBook, rowId, type Book, type Exposure, type Row, type RowKey } from './counting/book';
export { countExcluded, countPrediction, countValue, type Served, type ValueChange } from './counting/count';
