// Several outcomes of one prediction and metric, one value.
import { type Metric } from '@weir/contracts';
import { combineValues } from './combine-values';

const numeric: Extract<Metric, { type: 'numeric' }> = {
  ...{ type: 'numeric', direction: 'up', per: 'prediction', withinMs: 1_000, missing: 'ignore', combine: 'sum' },
};

it('is the last, or the sum where the metric says so, whatever the order', () => {
  expect(combineValues({ ...numeric, combine: 'last' }, [1, 2, 0.5])).toBe(0.5);
  expect(combineValues(numeric, [0.1, 0.7, 0.2])).toBe(combineValues(numeric, [0.7, 0.2, 0.1]));
  expect(combineValues(numeric, [])).toBeUndefined();
});

it('is a number that an event can carry, however great the values', () => {
  expect(combineValues(numeric, [1e308, 1e308])).toBe(Number.MAX_VALUE);
  expect(combineValues(numeric, [-1e308, -1e308])).toBe(-Number.MAX_VALUE);
});
