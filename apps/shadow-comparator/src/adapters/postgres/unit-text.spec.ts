// A unit's row as text.
import { countPrediction, countValue, openBook, packUnit, type UnitState } from '@weir/stats';
import { fromUnitText, RowNames, toUnitText, type UnitSides } from './unit-text';

const metrics = ['agreement', 'agreement:score', 'difference:score', 'latency-ratio', 'error-difference'];

function counted(arm: string, other: string, values: readonly number[]): UnitState {
  const book = openBook();
  values.forEach((value, period) => {
    const weights = { [arm]: 10_000, [other]: 0 };
    const exposure = { ...{ stage: 1, step: 0, epoch: 7, period, segment: 'region=eu' }, weights, arm, unit: 'ada' };
    countPrediction(book, exposure, { failed: value > 2, clientError: false, latencyMs: 10.25 });
    for (const metric of metrics) countValue(book, exposure, { metric, before: undefined, after: value });
  });
  return book.units.get('ada') as UnitState;
}

const sides: UnitSides = new Map([
  ['v2 beside v1', counted('v2', 'v1', [1, 0.123456789, -7e9, 3])],
  ['v1 beside v2', counted('v1', 'v2', [1, 1])],
]);

it('loses nothing', () => {
  expect(fromUnitText(toUnitText(sides))).toEqual(sides);
});

it('loses nothing of rows that are written together, whatever names each of them has', () => {
  const names = new RowNames();
  const [first] = sides;
  const rows: UnitSides[] = [sides, new Map(first && [first]), new Map([['v3 beside v1', counted('v3', 'v1', [2])]])];
  const texts = rows.map((row) => toUnitText(row, names));
  expect(texts.map(fromUnitText)).toEqual(rows);
});

it('keeps what was known of a unit before', () => {
  const [[side, state] = []] = sides;
  const known: UnitSides = new Map([[side ?? '', { ...(state as UnitState), past: { agreement: 12n } }]]);
  expect(fromUnitText(toUnitText(known))).toEqual(known);
});

it('reads sides that were kept with every name in its place', () => {
  const packed = Object.fromEntries([...sides].map(([side, state]) => [side, packUnit(state)]));
  const text = JSON.stringify(packed);
  expect(fromUnitText(text)).toEqual(sides);
  expect(toUnitText(sides).length).toBeLessThan(0.7 * text.length);
});
