// What an outcome is worth.
import { type Metric } from '@weir/contracts';
import { type Decision } from './decision';
import { judgeOutcome } from './judge-outcome';

const shared = { direction: 'up', per: 'prediction', withinMs: 1_000, missing: 'ignore' } as const;
const binary: Metric = { type: 'binary', combine: 'last', ...shared };
const numeric: Metric = { type: 'numeric', combine: 'sum', ...shared };
const truth: Metric = { type: 'truth', output: 'label', ...shared };
const at = '2026-01-01T00:00:00.000Z';

function judge(
  value: string | number | boolean,
  metric: Metric | undefined,
  outputs: Decision['outputs'] = {},
  item?: number,
) {
  const decision = { servedAt: at, outputs } as Decision;
  return judgeOutcome({ predictionId: 'p', metric: 'm', value, item }, at, decision, metric);
}

it.each([
  [true, 1],
  [false, 0],
  [0.9, 0.9],
  [1, 1],
  [0, 0],
])('a binary %p counts %p', (value, counted) => {
  expect(judge(value, binary)).toEqual({ state: 'joined', counted });
});

it.each([1.01, -0.1, 'true', '1'])('a binary metric refuses %p', (value) => {
  expect(judge(value, binary)).toEqual({ state: 'rejected', reason: 'invalid-value' });
});

it('a numeric metric takes any finite number and nothing else', () => {
  expect(judge(-12.5, numeric)).toEqual({ state: 'joined', counted: -12.5 });
  for (const value of [Infinity, NaN, true, '3'])
    expect(judge(value, numeric)).toEqual({ state: 'rejected', reason: 'invalid-value' });
});

it.each([
  ['spam', 'spam', 1],
  ['spam', 'ham', 0],
  [1, '1', 1],
  ['1.0', 1, 1],
  ['1e1', 10, 1],
  ['1', '01', 1],
  ['a1', 'a01', 0],
  ['', 0, 0],
])('the answer %p judged by the truth %p counts %p', (answer, value, counted) => {
  expect(judge(value, truth, { label: [answer] })).toEqual({ state: 'joined', counted });
});

it('a truth judges the item it names, the first by default', () => {
  expect(judge('b', truth, { label: ['a', 'b'] }, 1)).toEqual({ state: 'joined', counted: 1 });
  expect(judge('b', truth, { label: ['a', 'b'] })).toEqual({ state: 'joined', counted: 0 });
});

it('a truth without a captured answer is missing, and no boolean', () => {
  expect(judge('a', truth)).toEqual({ state: 'joined', gap: 'missing' });
  expect(judge('a', truth, { label: [null] })).toEqual({ state: 'joined', gap: 'missing' });
  expect(judge(true, truth, { label: ['true'] })).toEqual({ state: 'rejected', reason: 'invalid-value' });
});

it('is late by its arrival: one millisecond after its time', () => {
  const decision = { servedAt: at, outputs: {} } as Decision;
  const one = { predictionId: 'p', metric: 'm', value: true };
  expect(judgeOutcome(one, '2026-01-01T00:00:01.000Z', decision, binary).state).toBe('joined');
  expect(judgeOutcome(one, '2026-01-01T00:00:01.001Z', decision, binary).state).toBe('late');
});

it('joins an outcome of an unknown metric without a value, and refuses one of a metric that is read from answers', () => {
  expect(judge('x', undefined)).toEqual({ state: 'joined', gap: 'unknown-metric' });
  expect(judge(1, { type: 'output', output: 'score', direction: 'up' })).toMatchObject({ state: 'rejected' });
});
