// The record as bytes: by the contract, whatever bodies passed; no body can change another field.
import { predictionServed } from '@weir/contracts';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type PredictionEntry } from './ports';
import { maxEventBytes, renderPrediction } from './render-prediction';

const decision: PredictionEntry['decision'] = {
  arm: 'v2',
  weights: { v1: 9_000, v2: 1_000 },
  propensity: 0.1,
  epoch: 1,
  policyRevision: 3,
  reason: 'weights',
  assignment: 'unit',
};

const facts: PredictionEntry['facts'] = {
  predictionId: 'p-1',
  model: 'spam',
  armStatus: 'ok',
  armHttpStatus: 200,
  armLatencyMs: 3.25,
  answeredBy: 'v2',
  fallback: undefined,
  attributes: { region: 'eu' },
  status: 200,
  latencyMs: 4,
  servedAt: '2026-11-23T00:00:00.000Z',
};

const capture = { request: true, response: true, maxBytes: 1_000, redact: [] as string[] };

function entry(some: Partial<PredictionEntry> = {}): PredictionEntry {
  return {
    id: 'id',
    decision,
    facts,
    capture,
    keepAnswer: false,
    request: { bytes: Buffer.from('{"inputs":[]}'), contentType: 'application/json' },
    response: { bytes: Buffer.from('{"outputs":[]}'), contentType: undefined },
    traceparent: undefined,
    ...some,
  };
}

const body = (bytes: string | Buffer) => ({ bytes: Buffer.from(bytes), contentType: 'application/json' });
const render = (some: Partial<PredictionEntry> = {}) => predictionServed.decode(renderPrediction(entry(some)));

describe('the record of a prediction', () => {
  it('holds the fields of the event and the bodies as JSON', () => {
    expect(render()).toEqual({
      ...decision,
      ...facts,
      capture: {
        request: { kind: 'json', contentType: 'application/json', size: 13, body: { inputs: [] } },
        response: { kind: 'json', size: 14, body: { outputs: [] } },
      },
    });
  });

  it('keeps the bytes of a JSON body as they came', () => {
    const text = '{ "n": 9007199254740993,\n "a":1,"a":2 }';
    expect(renderPrediction(entry({ request: body(text) })).toString()).toContain(`"body":${text}}`);
  });

  it('holds the path of a raw call and the headers that say how to read its body, and no others', () => {
    const headers = ['authorization', 'Bearer x', 'content-encoding', 'gzip', 'inference-header-content-length', '12'];
    const request = { ...body(gzipSync('{}')), path: '/v1/chat?stream=true"', headers };
    expect(render({ request }).capture?.request).toMatchObject({
      kind: 'base64',
      path: '/v1/chat?stream=true"',
      headers: { 'content-encoding': 'gzip', 'inference-header-content-length': '12' },
    });
    expect(renderPrediction(entry({ request })).toString()).not.toContain('Bearer');
    const json = render({ request: { ...body('{}'), path: undefined, headers: ['accept', '*/*'] } }).capture?.request;
    expect(Object.keys(json ?? {}).sort()).toEqual(['body', 'contentType', 'kind', 'size']);
  });

  it.each([
    ['fields behind the body', '{},"arm":"v1"'],
    ['a closed object and more', '{}}, "arm":"v1", "x":{'],
    ['gzip', gzipSync('{}')],
    ['a byte order mark', '\ufeff{}'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-8 cut short', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
    ['nothing at all', ''],
    ['nesting without end', '['.repeat(5_000) + ']'.repeat(5_000)],
  ])('keeps %s as base64, and every other field as it was', (_, bytes) => {
    const passed = body(bytes);
    const { capture: kept, ...rest } = render({ request: passed, capture: { ...capture, maxBytes: 100_000 } });
    expect(rest).toEqual({ ...decision, ...facts });
    expect(kept?.request).toEqual({
      kind: 'base64',
      contentType: 'application/json',
      size: passed.bytes.length,
      body: passed.bytes.toString('base64'),
    });
  });

  it('cannot be forged by any body or content type (seed 20261123)', () => {
    const forging = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(fc.json(), fc.constantFrom('}', ',"arm":"v1"', '},"arm":"v1"', '\n', '//', '"'))
        .map(([a, b]) => Buffer.from(a + b)),
    );
    fc.assert(
      fc.property(forging, forging, fc.string(), (request, response, contentType) => {
        const value = JSON.parse(
          renderPrediction(
            entry({ request: { bytes: request, contentType }, response: { bytes: response, contentType } }),
          ).toString(),
        ) as Record<string, unknown>;
        const { capture: kept, ...rest } = value;
        expect(rest).toEqual({ ...decision, ...facts });
        expect(Object.keys(kept as object)).toEqual(['request', 'response']);
        for (const [side, bytes] of Object.entries({ request, response })) {
          const part = (kept as Record<string, { kind: string; size: number; body: unknown }>)[side];
          expect(part?.size).toBe(bytes.length);
          expect(part?.kind === 'json' ? part.body : Buffer.from(String(part?.body), 'base64')).toEqual(
            part?.kind === 'json' ? JSON.parse(bytes.toString()) : bytes,
          );
        }
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });

  it('keeps hash and size of a body over the limit, and the size alone of one that nobody asked for', () => {
    const long = `"${'x'.repeat(1_000)}"`;
    const { capture: kept } = render({ request: body(long), capture: { ...capture, response: false } });
    expect(kept?.request).toMatchObject({
      kind: 'digest',
      size: 1_002,
      sha256: createHash('sha256').update(long).digest('hex'),
    });
    expect(kept?.response).toEqual({ kind: 'size', size: 14 });
  });

  it('keeps the answer whole where the caller reads it from the record', () => {
    const long = `{"x":"${'x'.repeat(5_000)}"}`;
    const kept = render({
      keepAnswer: true,
      response: body(long),
      capture: { ...capture, request: false, response: false },
    }).capture;
    expect(kept?.response).toMatchObject({ kind: 'json', body: JSON.parse(long) as unknown });
    expect(kept?.request).toMatchObject({ kind: 'size' });
  });

  it('redacts what the policy names, and keeps only a hash of what it cannot read', () => {
    const redact = ['$.inputs[*].data'];
    const secret = body('{"inputs":[{"name":"a","data":["secret"]}]}');
    const kept = render({ request: secret, capture: { ...capture, redact } }).capture;
    expect(kept?.request).toMatchObject({ kind: 'json', body: { inputs: [{ name: 'a', data: null }] } });
    for (const bytes of [gzipSync(secret.bytes), Buffer.from('secret, but not JSON')])
      expect(render({ request: body(bytes), capture: { ...capture, redact } }).capture?.request?.kind).toBe('digest');
    expect(render({ request: secret, capture: { ...capture, redact: ['$..data'] } }).capture?.request?.kind).toBe(
      'digest',
    );
  });

  it('is never larger than the topic takes', () => {
    const huge = body(Buffer.alloc(3.9 * 1024 ** 2, 0x20).fill('{}', 0, 2));
    const wide = { ...capture, maxBytes: 16 * 1024 ** 2 };
    const rendered = renderPrediction(entry({ request: huge, response: huge, capture: wide }));
    expect(rendered.length).toBeLessThanOrEqual(maxEventBytes);
    expect(predictionServed.decode(rendered).capture).toMatchObject({
      request: { kind: 'digest' },
      response: { kind: 'json' },
    });
    const binary = body(Buffer.alloc(3.9 * 1024 ** 2, 0xff));
    expect(
      predictionServed.decode(renderPrediction(entry({ request: binary, response: binary, capture: wide }))).capture,
    ).toMatchObject({
      request: { kind: 'digest' },
      response: { kind: 'digest' },
    });
  });

  it('says nothing of a response where nobody answered', () => {
    expect(render({ response: undefined }).capture).toEqual({
      request: expect.objectContaining({ kind: 'json' }) as unknown,
    });
  });
});
