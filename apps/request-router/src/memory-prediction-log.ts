// The prediction log in memory, for specs: held to the same contract as the journal.
import { predictionServed, type PredictionServed } from '@weir/contracts';
import { type PredictionEntry, type PredictionLog } from './ports';
import { renderPrediction } from './render-prediction';

export class MemoryPredictionLog implements PredictionLog {
  readonly entries: PredictionEntry[] = [];
  readonly appended: PredictionEntry[] = [];
  /** Set: appending fails with it. */
  failure: Error | undefined;

  record(entry: PredictionEntry): void {
    this.entries.push(entry);
  }

  append(entry: PredictionEntry): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.entries.push(entry);
    this.appended.push(entry);
    return Promise.resolve();
  }

  /** As their readers will see them. */
  get events(): PredictionServed[] {
    return this.entries.map((entry) => predictionServed.decode(renderPrediction(entry)));
  }
}
