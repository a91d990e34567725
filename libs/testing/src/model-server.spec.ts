// The stub behaves as chosen and remembers what it was asked.
import { ModelServer } from './model-server';

let model: ModelServer;
beforeEach(async () => (model = await ModelServer.start({ name: 'spam', label: 'ham' })));
afterEach(() => model.stop());

const infer = (signal?: AbortSignal) =>
  fetch(`${model.url}/v2/models/spam/infer`, {
    method: 'POST',
    body: '{"id":"p1","inputs":[]}',
    ...(signal && { signal }),
  });

it('answers in the Open Inference Protocol and remembers the request', async () => {
  const response = await infer();
  expect(await response.json()).toMatchObject({ id: 'p1', outputs: [{ name: 'label', data: ['ham'] }] });
  expect(model.asked).toHaveLength(1);
  expect(model.asked[0]).toMatchObject({ method: 'POST', path: '/v2/models/spam/infer' });
});

it('is ready until told otherwise', async () => {
  expect((await fetch(`${model.url}/v2/models/spam/ready`)).status).toBe(200);
  model.ready = false;
  expect((await fetch(`${model.url}/v2/health/ready`)).status).toBe(503);
  expect(model.asked).toEqual([]);
});

it('fails with the status it is told', async () => {
  model.behaviour = { kind: 'answer', status: 503 };
  expect((await infer()).status).toBe(503);
});

it('hangs until the caller gives up', async () => {
  model.behaviour = { kind: 'hang' };
  await expect(infer(AbortSignal.timeout(50))).rejects.toThrow();
  expect(model.asked).toHaveLength(1);
});

it('drips an answer that comes whole in the end', async () => {
  model.behaviour = { kind: 'drip', everyMs: 1 };
  expect(await (await infer()).json()).toMatchObject({ id: 'p1' });
});

it.each(['garbage', 'truncate'] as const)('gives an unusable body under %s', async (kind) => {
  model.behaviour = { kind };
  const response = await infer();
  expect(response.status).toBe(200);
  await expect(response.json()).rejects.toThrow();
});

it('resets the connection', async () => {
  model.behaviour = { kind: 'reset' };
  await expect(infer()).rejects.toThrow();
});

it('dies and comes back on the same port', async () => {
  const { url } = model;
  await model.stop();
  await expect(infer()).rejects.toThrow();
  await model.resume();
  expect(model.url).toBe(url);
  expect((await infer()).status).toBe(200);
});
