// What counts as an error, for every arm alike.
import { type ModelAnswer } from '@weir/open-inference';
import { judgeAnswer } from './judge-answer';

function answered(
  status: number,
  body = '{"outputs":[]}',
  headers: Record<string, string> = { 'content-type': 'application/json' },
): ModelAnswer {
  return { kind: 'answered', status, headers, body: Buffer.from(body) };
}

describe('judging an answer', () => {
  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [302, 'ok'],
    [400, 'ok'],
    [404, 'ok'],
    [422, 'ok'],
    [429, 'error'],
    [500, 'error'],
    [503, 'error'],
    [599, 'error'],
  ])('%i is %s', (status, verdict) => {
    expect(judgeAnswer(answered(status), false).status).toBe(verdict);
    expect(judgeAnswer(answered(status, status === 204 ? '{}' : undefined), true).status).toBe(verdict);
  });

  it.each([
    ['timeout', 'timeout'],
    ['unreachable', 'unreachable'],
    ['cancelled', 'cancelled'],
    ['broken', 'error'],
    ['too-large', 'error'],
  ] as const)('a call that failed by %s is %s', (cause, verdict) => {
    expect(judgeAnswer({ kind: 'failed', cause, sent: true, detail: '' }, true).status).toBe(verdict);
  });

  it.each(['', '<html>', '{"outputs": [', 'null', '[]', '"x"'])(
    'a success that says %j is an error where strictness is asked for',
    (body) => {
      expect(judgeAnswer(answered(200, body), true).status).toBe('error');
      expect(judgeAnswer(answered(200, body), false).status).toBe('ok');
      expect(judgeAnswer(answered(200, body, { 'content-type': 'text/html' }), true).status).toBe('error');
    },
  );

  it('does not judge what it cannot read: the binary extension, compressed bytes', () => {
    expect(judgeAnswer(answered(200, '\x00', { 'content-type': 'application/octet-stream' }), true).status).toBe('ok');
    expect(judgeAnswer(answered(200, '{}\x00', { 'inference-header-content-length': '2' }), true).status).toBe('ok');
    expect(
      judgeAnswer(answered(200, '\x1f', { 'content-type': 'application/json', 'content-encoding': 'gzip' }), true)
        .status,
    ).toBe('ok');
  });

  it('says whether it has read the body as JSON', () => {
    const readOf = (status: number, body: string, strict: boolean) =>
      judgeAnswer(answered(status, body), strict).isJson;
    expect([readOf(200, '{"a":1}', true), readOf(200, '{"a":1}', false), readOf(200, '[1]', true)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([readOf(400, '{"error":""}', true), readOf(200, `{${' '.repeat(300_000)}}`, true)]).toEqual([false, false]);
  });

  it('looks at the ends only of a large answer', () => {
    expect(judgeAnswer(answered(200, `{${' '.repeat(300_000)}}`), true).status).toBe('ok');
    expect(judgeAnswer(answered(200, `{${' '.repeat(300_000)}`), true).status).toBe('error');
  });
});
