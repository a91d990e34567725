// What is written is strict, what is read is tolerant, and hostile values are harmless.
import { defineEvent, InvalidEventError } from './define-event';
import { outcomeReported } from './outcome-reported.v1';
import { predictionRequested } from './prediction-requested.v1';
import { z } from 'zod';

const event = defineEvent<{ id: string; labels?: Record<string, string> | undefined }>({
  topic: 'weir.tested.v1',
  schema: z.object({ id: z.string().min(1), labels: z.record(z.string(), z.string()).optional() }),
  key: ({ id }) => id,
});

it('drops unknown fields on both ways, so that a newer producer may add some', () => {
  expect(event.decode('{"id":"a","added":1}')).toEqual({ id: 'a' });
  expect(event.encode({ id: 'a', added: 1 } as { id: string })).toBe('{"id":"a"}');
});

it('refuses to write what breaks the contract', () => {
  expect(() => event.encode({ id: '' })).toThrow();
});

it.each([
  ['not JSON', 'value is not JSON', '{"id":'],
  ['a missing field', 'id: ', '{}'],
  ['a nested field of the wrong type', 'labels.x: ', '{"id":"a","labels":{"x":1}}'],
  ['a bare null', 'value: ', 'null'],
])('names what is wrong: %s', (_fault, problem, value) => {
  expect(() => event.decode(value)).toThrow(InvalidEventError);
  expect(() => event.decode(Buffer.from(value))).toThrow(problem);
});

it('never lets a key reach a prototype', () => {
  const hostile =
    '{"predictionId":"a","model":"m","request":{"x":1},"attributes":{"__proto__":"polluted"},"__proto__":{"polluted":true}}';
  const decoded = predictionRequested.decode(hostile);
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(decoded).not.toHaveProperty('polluted');
});

it.each(['__proto__', 'constructor', 'toString'])('refuses %s as a name', (metric) => {
  expect(() => outcomeReported.decode(JSON.stringify({ predictionId: 'a', metric, value: 1 }))).toThrow('metric');
});

it('keys outcomes as predictions, so that both meet in one partition number', () => {
  expect(outcomeReported.key({ predictionId: 'p', metric: 'm', value: 1 })).toBe('p');
});
