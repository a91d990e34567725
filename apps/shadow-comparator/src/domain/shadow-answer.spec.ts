// What came of a call: a failure of its kind, or something to compare.
import { failureOf } from './shadow-answer';

const answered = (status: number, text = '{}') => ({ kind: 'answered', status, text, latencyMs: 1 }) as const;

it.each([
  ['the deadline', { kind: 'failed', cause: 'timeout', latencyMs: 1 } as const, true, 'timeout'],
  ['a server that is not there', { kind: 'failed', cause: 'unreachable', latencyMs: 1 } as const, true, 'unreachable'],
  ['a connection that broke', { kind: 'failed', cause: 'error', latencyMs: 1 } as const, true, 'error'],
  ['500', answered(500), true, 'error'],
  ['429', answered(429), true, 'error'],
  ['a success without a body', answered(200, ''), false, 'missing'],
  ['a success of white space', answered(200, ' \r\n'), false, 'missing'],
  ['a success that is no answer', answered(200, 'hello'), false, 'unreadable'],
])('is a failure: %s', (_what, answer, readable, reason) => {
  expect(failureOf(answer, readable)).toBe(reason);
});

it('is none where the version said something: an answer, or a refusal', () => {
  expect([answered(200), answered(404), answered(400, '')].map((answer) => failureOf(answer, true))).toEqual([
    ...[undefined, undefined, undefined],
  ]);
});
