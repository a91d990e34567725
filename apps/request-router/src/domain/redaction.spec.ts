// What redaction takes away, and that it never guesses.
import { compileRedaction } from './redaction';

function redacted(paths: string[], value: unknown): unknown {
  const redaction = compileRedaction(paths);
  if (typeof redaction !== 'function') throw new Error(String(redaction));
  return redaction(structuredClone(value));
}

const request = {
  id: '1',
  inputs: [
    { name: 'a', data: [1, 2] },
    { name: 'b', data: ['secret'] },
  ],
  'a b': { c: 1 },
};

describe('redaction', () => {
  it.each([
    [
      ['$.inputs[*].data'],
      {
        ...request,
        inputs: [
          { name: 'a', data: null },
          { name: 'b', data: null },
        ],
      },
    ],
    [['$.inputs[1].data[0]'], { ...request, inputs: [request.inputs[0], { name: 'b', data: [null] }] }],
    [['$.id', "$['a b'].c"], { ...request, id: null, 'a b': { c: null } }],
    [['$["a b"].*'], { ...request, 'a b': { c: null } }],
    [['$.inputs'], { ...request, inputs: null }],
    [['$'], null],
    [['$.nothing.here', '$.id.deeper', '$.inputs.name'], request],
    [['$.__proto__.x', '$.constructor'], request],
  ])('of %j', (paths, left) => {
    expect(redacted(paths, request)).toEqual(left);
  });

  it('is none without paths', () => {
    expect(compileRedaction([])).toBeUndefined();
  });

  it.each(['inputs', '$..data', '$.inputs[', '$.inputs[-1]', '$.inputs[?(@.x)]', '$.', '$ .a', '$[a]'])(
    'is unreadable for %s: then nothing is kept',
    (path) => {
      expect(compileRedaction(['$.id', path])).toBe('unreadable');
    },
  );
});
