// Outputs of an answer.
import { type Captured, type Metric } from '@weir/contracts';
import { outputsOf } from './answer-outputs';

const truth = (output: string): Record<string, Metric> => ({
  correct: { type: 'truth', output, direction: 'up', per: 'prediction', withinMs: 1, missing: 'ignore' },
});

function answer(...outputs: object[]): Captured {
  return { kind: 'json', size: 1, body: { outputs } };
}

it.each([
  ['flat', { shape: [2], data: ['a', 'b'] }, ['a', 'b']],
  ['flat with a dimension of 1', { shape: [2, 1], data: ['a', 'b'] }, ['a', 'b']],
  ['nested', { shape: [2, 1], data: [['a'], ['b']] }, ['a', 'b']],
  ['several values an item', { shape: [2, 2], data: [1, 2, 3, 4] }, [null, null]],
  [
    'several values an item, nested',
    {
      shape: [2, 2],
      data: [
        [1, 2],
        [3, 4],
      ],
    },
    [null, null],
  ],
  ['without a shape', { data: [1] }, [1]],
  ['null for an item', { shape: [2], data: [null, 1] }, [null, 1]],
])('reads data that is %s', (_, output, expected) => {
  expect(outputsOf(answer({ name: 'other', data: [9] }, { name: 'label', ...output }), truth('label'))).toEqual({
    label: expected,
  });
});

it('reads only what metrics name', () => {
  expect(
    outputsOf(answer({ name: 'label', data: ['a'] }, { name: 'embedding', data: [1, 2, 3] }), truth('label')),
  ).toEqual({ label: ['a'] });
});

it('reads a JSON path of a raw answer', () => {
  const metrics: Record<string, Metric> = { tokens: { type: 'output', from: '$.usage.total[0]', direction: 'down' } };
  expect(outputsOf({ kind: 'json', size: 1, body: { usage: { total: [7] } } }, metrics)).toEqual({
    '$.usage.total[0]': [7],
  });
});

it.each([
  ['no capture', undefined],
  ['a digest', { kind: 'digest' as const, size: 1, sha256: '' }],
  ['a body that is no answer', { kind: 'json' as const, size: 1, body: 'text' }],
  ['outputs that are none', { kind: 'json' as const, size: 1, body: { outputs: 3 } }],
  ['an inherited name', answer({ name: 'x', data: [1] })],
])('finds nothing in %s', (_, response) => {
  expect(outputsOf(response, truth('toString'))).toEqual({});
});
