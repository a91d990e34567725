// Experiments for specs: units' predictions, counted by the one rule of counting into the rows of windows.
import { openBook, type Book, type Exposure } from './counting/book';
import { countLeft } from './counting/count-stages';
import { countPart, countPrediction, countValue } from './counting/count';
import { toldSums } from './counting/sums';
import { type EvidenceRow } from './evidence-row';

export interface SeenPrediction {
  readonly unit: string;
  readonly arm: string;
  /** Basis points by arm, as its own event has them. */
  readonly weights: Readonly<Record<string, number>>;
  readonly latencyMs?: number;
  readonly failed?: boolean;
  /** Default true. */
  readonly answered?: boolean;
  readonly cancelled?: boolean;
  /** By metric, joined in the window of the prediction. */
  readonly values?: Readonly<Record<string, number>>;
  /** By ratio, likewise. */
  readonly parts?: Readonly<Record<string, { readonly numerator: number; readonly denominator: number }>>;
}

/** Windows of a second each; units are remembered over them. */
export class ExperimentBook {
  private units: Book['units'] = new Map();

  window(index: number, predictions: readonly SeenPrediction[], stage = 0): EvidenceRow[] {
    const book = openBook(this.units);
    for (const prediction of predictions) count(book, index, prediction, stage);
    this.units = book.units;
    const to = new Date(1_000 * (index + 1)).toISOString();
    return [...book.rows.values()].map(({ key, sums }) => ({ ...key, window: { index, to }, ...toldSums(sums) }));
  }
}

function count(book: Book, decidedSecond: number, prediction: SeenPrediction, stage: number): void {
  const { unit, arm, weights, latencyMs = 10, failed = false, answered, cancelled } = prediction;
  const { values = {}, parts = {} } = prediction;
  const exposure: Exposure = { stage, step: 0, epoch: 1, weights, segment: null, arm, unit, period: 0 };
  if (cancelled) return countLeft(book, exposure, decidedSecond);
  countPrediction(book, exposure, { failed, clientError: false, latencyMs, decidedSecond, answered });
  for (const [metric, after] of Object.entries(values))
    countValue(book, exposure, { metric, before: undefined, after, decidedSecond });
  for (const [metric, { numerator, denominator }] of Object.entries(parts)) {
    countPart(book, exposure, { metric, part: 'denominator', before: undefined, after: denominator });
    countPart(book, exposure, { metric, part: 'numerator', before: undefined, after: numerator });
  }
}
