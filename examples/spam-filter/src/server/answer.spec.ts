// The Open Inference Protocol as this server speaks it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, type Served } from './answer';

const served: Served = {
  model: 'spam-filter',
  version: 'v1',
  classify: (mail) => {
    if (mail === 'fail') throw new Error('the tokeniser failed');
    return mail.includes('spam') ? 0.9 : 0.2;
  },
  ready: () => true,
};

const get = (path: string, of: Served = served) => answer(of, { method: 'GET', path, body: '' });
const infer = (body: unknown, path = '/v2/models/spam-filter/infer') =>
  answer(served, { method: 'POST', path, body: typeof body === 'string' ? body : JSON.stringify(body) });
const text = (data: unknown, more: object = {}) => ({
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data, ...more }],
});

describe('health and metadata', () => {
  it('says that it lives, and that it is ready', () => {
    expect(get('/v2/health/live')).toEqual({ status: 200, body: { live: true } });
    expect(get('/v2/health/ready')).toEqual({ status: 200, body: { ready: true } });
    expect(get('/v2/models/spam-filter/ready')).toEqual({ status: 200, body: { name: 'spam-filter', ready: true } });
    expect(get('/v2/models/spam-filter/versions/v1/ready').status).toBe(200);
  });

  it('is alive but not ready while it warms up', () => {
    const cold = { ...served, ready: () => false };
    expect(get('/v2/health/live', cold).status).toBe(200);
    expect(get('/v2/health/ready', cold).status).toBe(503);
    expect(get('/v2/models/spam-filter/ready', cold).status).toBe(503);
  });

  it('describes the server and the model', () => {
    expect(get('/v2').body).toMatchObject({
      name: expect.any(String) as unknown,
      version: expect.any(String) as unknown,
      extensions: [],
    });
    expect(get('/v2/').status).toBe(200);
    expect(get('/v2/models/spam-filter').body).toMatchObject({
      name: 'spam-filter',
      versions: ['v1'],
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
      outputs: [
        { name: 'label', datatype: 'BYTES' },
        { name: 'score', datatype: 'FP64' },
      ],
    });
    expect(get('/v2/models/spam-filter/versions/v1').body).toEqual(get('/v2/models/spam-filter').body);
  });

  it.each([
    '/v2/models/other',
    '/v2/models/other/ready',
    '/v2/models/spam-filter/versions/v9',
    '/v2/nowhere',
    '/',
    '/v1',
  ])('knows nothing of %s', (path) => {
    expect(get(path)).toMatchObject({ status: 404, body: { error: expect.any(String) as unknown } });
  });

  it('refuses the wrong verb', () => {
    expect(get('/v2/models/spam-filter/infer').status).toBe(405);
    expect(answer(served, { method: 'POST', path: '/v2', body: '' }).status).toBe(405);
  });
});

describe('infer', () => {
  it('answers label and score, and gives the id back', () => {
    expect(infer({ id: 'a-1', ...text(['some spam']) })).toEqual({
      status: 200,
      body: {
        model_name: 'spam-filter',
        model_version: 'v1',
        id: 'a-1',
        outputs: [
          { name: 'label', datatype: 'BYTES', shape: [1], data: ['spam'] },
          { name: 'score', datatype: 'FP64', shape: [1], data: [0.9] },
        ],
      },
    });
  });

  it('answers a batch row by row, in the shape it came in', () => {
    const { body } = infer(text([['spam'], ['letter']], { shape: [2, 1] }));
    expect(body).toMatchObject({
      outputs: [
        { shape: [2, 1], data: ['spam', 'ham'] },
        { shape: [2, 1], data: [0.9, 0.2] },
      ],
    });
  });

  it('answers the outputs that were asked for, in their order', () => {
    const { body } = infer({ ...text(['letter']), outputs: [{ name: 'score' }] });
    expect(body).toMatchObject({ outputs: [{ name: 'score', data: [0.2] }] });
  });

  it('takes the version in the path', () => {
    expect(infer(text(['x']), '/v2/models/spam-filter/versions/v1/infer').status).toBe(200);
    expect(infer(text(['x']), '/v2/models/spam-filter/versions/v2/infer').status).toBe(404);
  });

  it.each([
    ['no JSON', '{', /JSON/],
    ['no inputs', {}, /inputs/],
    ['an empty list of inputs', { inputs: [] }, /"text"/],
    ['another name', text(['x'], { name: 'mail' }), /"text"/],
    ['another type', text([1], { datatype: 'FP32' }), /BYTES/],
    ['numbers for bytes', text([1]), /strings/],
    ['too few elements', text(['x'], { shape: [2] }), /2 elements/],
    ['no shape', text(['x'], { shape: [] }), /\[n\]/],
    ['two columns', text(['x', 'y'], { shape: [1, 2] }), /\[n,1\]/],
    ['no row', text([], { shape: [0] }), /1 to/],
    ['too many rows', text(Array(300).fill('x'), { shape: [300] }), /256/],
    ['a negative shape', text(['x'], { shape: [-1] }), /shape/],
    ['an unknown output', { ...text(['x']), outputs: [{ name: 'colour' }] }, /colour/],
    ['a list', [], /expected object/],
  ])('refuses %s by name', (_case, body, message) => {
    expect(infer(body)).toMatchObject({ status: 400, body: { error: expect.stringMatching(message) as unknown } });
  });

  it('answers 500 when the version fails', () => {
    expect(infer(text(['fail']))).toEqual({ status: 500, body: { error: 'the tokeniser failed' } });
  });
});

const oip = join(__dirname, '..', '..', '..', '..', '..', 'shared', 'oip');
const vectors = existsSync(oip) ? it : it.skip;

describe('vectors of other servers (skipped where ../shared is absent)', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(oip, file), 'utf8')) as Record<string, unknown>;

  vectors.each(['inference-request.json', 'inference-request-with-output.json', 'iris_input_v2.json'])(
    'refuses %s, which is for another model, with an error of the protocol',
    (file) => {
      expect(infer(read(file))).toMatchObject({ status: 400, body: { error: expect.any(String) as unknown } });
    },
  );

  vectors('refuses a datatype that does not exist', () => {
    expect(infer(read('inference-request-invalid-datatype.json')).status).toBe(400);
  });

  vectors('answers with the members that an inference response has', () => {
    const theirs = read('inference-response.json');
    const ours = infer({ id: '123', ...text(['x']) }).body as Record<string, unknown>;
    expect(Object.keys(ours)).toEqual(expect.arrayContaining(Object.keys(theirs)));
  });

  vectors('describes itself with the members that metadata have', () => {
    expect(Object.keys(get('/v2').body as object).sort()).toEqual(
      Object.keys(read('metadata-server-response.json')).sort(),
    );
    expect(Object.keys(get('/v2/models/spam-filter').body as object).sort()).toEqual(
      Object.keys(read('metadata-model-response.json')).sort(),
    );
  });
});
