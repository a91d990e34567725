// Several outcomes of one prediction and metric, one value: the last, or the sum.
import { type Metric } from '@weir/contracts';

export function combineValues(metric: Metric, values: readonly number[]): number | undefined {
  const sums = (metric.type === 'binary' || metric.type === 'numeric') && metric.combine === 'sum';
  return sums && values.length > 0 ? values.reduce((total, value) => total + value, 0) : values.at(-1);
}
