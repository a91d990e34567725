// Several outcomes of one prediction and metric, one value: the last, or the sum.
import { type Metric } from '@weir/contracts';

export function combineValues(metric: Metric, values: readonly number[]): number | undefined {
  const sums = (metric.type === 'binary' || metric.type === 'numeric') && metric.combine === 'sum';
  if (!sums || values.length === 0) return values.at(-1);
  // ascending: the same sum to the last bit, whatever the order in which they came
  const total = [...values].sort((a, b) => a - b).reduce((sum, value) => sum + value, 0);
  return Math.min(Math.max(total, -Number.MAX_VALUE), Number.MAX_VALUE);
}
