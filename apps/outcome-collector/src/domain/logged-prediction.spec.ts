// What of the records is a log of choices.
import { buildPredictionServed } from '@weir/testing';
import { type Decision } from './decision';
import { loggedPrediction, type OutcomeMetric } from './logged-prediction';

const servedAt = '2026-01-01T00:00:00.000Z';
const now = Date.parse(servedAt) + 60_000;
const shared = { direction: 'up', per: 'prediction', withinMs: 30_000 } as const;
const clicked: OutcomeMetric = { type: 'binary', combine: 'last', ...shared, missing: 'zero' };
const revenue: OutcomeMetric = { type: 'numeric', combine: 'sum', ...shared, missing: 'ignore' };
const decision = (some: Partial<Decision> = {}): Decision => ({
  ...buildPredictionServed({ arm: 'v2', servedAt, attributes: { device: 'phone' } }),
  outputs: {},
  ...some,
});
const rewardOf = (of: Decision, metric: OutcomeMetric, values: [number | null, number][] = [], nowMs = now) =>
  loggedPrediction(
    of,
    metric,
    values.map(([item, counted]) => ({ item, counted })),
    nowMs,
  )?.reward;

it('is what was chosen, with which probability, in which context', () => {
  expect(loggedPrediction(decision(), clicked, [{ item: null, counted: 0.9 }], now)).toMatchObject({
    ...{ arm: 'v2', propensity: 0.1, weights: { v1: 9_000, v2: 1_000 }, attributes: { device: 'phone' } },
    ...{ reward: 0.9, unit: 'unit-1', servedAt },
  });
});

it('is a miss where no click came in time, and nothing while one may come', () => {
  expect(rewardOf(decision(), clicked)).toBe(0);
  expect(rewardOf(decision(), clicked, [], now - 50_000)).toBeUndefined();
  expect(rewardOf(decision(), revenue)).toBeUndefined();
});

it('combines outcomes as the metric says, items by their mean', () => {
  expect(
    rewardOf(decision(), revenue, [
      [null, 2],
      [null, 3],
    ]),
  ).toBe(5);
  expect(
    rewardOf(decision(), clicked, [
      [null, 0],
      [null, 1],
    ]),
  ).toBe(1);
  expect(
    rewardOf(decision(), clicked, [
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0],
    ]),
  ).toBe(0.25);
});

it('counts a fallback as the failure of its arm, where rewards have a worst value', () => {
  expect(rewardOf(decision({ fallback: true }), clicked, [[null, 1]])).toBe(0);
  expect(rewardOf(decision({ fallback: true }), { ...clicked, direction: 'down' }, [[null, 0]])).toBe(1);
  expect(rewardOf(decision({ fallback: true }), revenue, [[null, 1]])).toBeUndefined();
});

it.each<[string, Partial<Decision>]>([
  ['pinned', { pinned: true, reason: 'pinned' }],
  ['excluded', { excluded: true }],
  ['given up by its caller', { armStatus: 'cancelled' }],
  ['a lasting target', { reason: 'target' }],
  ['not eligible', { reason: 'not-eligible' }],
])('leaves out what was %s', (_, some) => {
  expect(rewardOf(decision(some), clicked, [[null, 1]])).toBeUndefined();
});
