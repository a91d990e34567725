// What callers say in headers, and what of it reaches the server.
import { readCallerHeaders, type CallerHeaders } from './caller-headers';

const nothingHidden: ReadonlySet<string> = new Set();

function read(headers: Record<string, string>, hidden = nothingHidden) {
  return readCallerHeaders(Object.entries(headers).flat(), hidden);
}

function accepted(headers: Record<string, string>, hidden = nothingHidden): CallerHeaders {
  const result = read(headers, hidden);
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

describe("a caller's headers", () => {
  it('say unit, attributes, prediction id, exclusion and patience', () => {
    const headers = accepted({
      'X-Weir-Unit': 'user-7',
      'x-weir-attr-region': 'eu',
      'x-weir-attr-app-version': '2.14',
      'x-weir-prediction-id': 'p.1:a_b-c',
      'x-weir-exclude': '1',
      'x-request-timeout-ms': '250',
    });
    expect({ ...headers, attributes: { ...headers.attributes } }).toEqual({
      unit: 'user-7',
      attributes: { region: 'eu', 'app-version': '2.14' },
      predictionId: 'p.1:a_b-c',
      excluded: true,
      timeoutMs: 250,
      forwarded: [],
    });
  });

  it('may say nothing', () => {
    expect(accepted({})).toMatchObject({
      unit: undefined,
      predictionId: undefined,
      excluded: false,
      timeoutMs: undefined,
    });
  });

  it.each([
    [{ 'x-weir-unit': '' }, 'x-weir-unit'],
    [{ 'x-weir-unit': 'u'.repeat(257) }, 'x-weir-unit'],
    [{ 'x-weir-unit': '\xff\xfe' }, 'x-weir-unit is not UTF-8'],
    [{ 'x-weir-prediction-id': 'a b' }, 'x-weir-prediction-id'],
    [{ 'x-weir-prediction-id': '' }, 'x-weir-prediction-id'],
    [{ 'x-weir-prediction-id': 'a'.repeat(129) }, 'x-weir-prediction-id'],
    [{ 'x-request-timeout-ms': '0' }, 'x-request-timeout-ms'],
    [{ 'x-request-timeout-ms': '-1' }, 'x-request-timeout-ms'],
    [{ 'x-request-timeout-ms': '1.5' }, 'x-request-timeout-ms'],
    [{ 'x-request-timeout-ms': 'soon' }, 'x-request-timeout-ms'],
    [{ 'x-request-timeout-ms': '9999999999' }, 'x-request-timeout-ms'],
    [{ 'x-weir-exclude': 'yes' }, 'x-weir-exclude'],
    [{ 'x-weir-attr-': 'x' }, 'x-weir-attr-'],
    [{ 'x-weir-attr-__proto__': 'x' }, '__proto__'],
    [{ 'x-weir-attr-a': 'x'.repeat(257) }, 'x-weir-attr-a'],
  ])('that are malformed are named: %j', (headers, name) => {
    const result = read(headers);
    expect('problem' in result && result.problem).toContain(name);
  });

  it('that stand there twice are refused: which one counts is nobody’s guess', () => {
    expect(readCallerHeaders(['x-weir-unit', 'a', 'X-Weir-Unit', 'b'], nothingHidden)).toMatchObject({
      problem: expect.stringContaining('twice') as string,
    });
  });

  it('are UTF-8, so that a unit is the same over HTTP as over Kafka', () => {
    expect(accepted({ 'x-weir-unit': Buffer.from('Jürgen-π').toString('latin1') }).unit).toBe('Jürgen-π');
  });

  it('never find what every object inherits', () => {
    expect(accepted({}).attributes['constructor']).toBeUndefined();
    expect(accepted({ 'x-weir-attr-constructor': 'x' }).attributes['constructor']).toBe('x');
  });

  it('reach the server when they are end to end and not Weir’s', () => {
    const { forwarded } = accepted({
      Host: 'router',
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': '12',
      'content-length': '5',
      'Transfer-Encoding': 'chunked',
      Connection: 'keep-alive, X-Hop',
      'Keep-Alive': 'timeout=5',
      'X-Hop': '1',
      TE: 'trailers',
      Expect: '100-continue',
      Upgrade: 'h2c',
      traceparent: '00-1',
      Authorization: 'Bearer x',
      'x-weir-unit': 'u',
      'x-request-timeout-ms': '5',
    });
    expect(forwarded).toEqual([
      ...['content-type', 'application/octet-stream', 'inference-header-content-length', '12', 'traceparent', '00-1'],
      ...['authorization', 'Bearer x'],
    ]);
  });

  it("keep Weir's own keys from the server", () => {
    expect(accepted({ Authorization: 'Bearer weir_a_b', a: '1' }, new Set(['authorization'])).forwarded).toEqual([
      'a',
      '1',
    ]);
  });
});
