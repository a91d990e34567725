// What a benchmark gives.
import { type Row } from './rows';
import { type Visit } from './visits';

export interface Measured {
  readonly rows: readonly Row[];
  readonly visits: readonly Visit[];
}
