// Off-policy evaluation of a real controller, with the owners of the records played by servers that answer what they promise.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type LoggedPrediction, type OffPolicyView } from '@weir/contracts';
import { RealControllers } from './real-controller.fixture';

let controllers: RealControllers;
let owner: Server;
let answers: Record<string, { status: number; body: unknown }>;
let asked: { url: URL; key: string | undefined }[];

beforeAll(async () => {
  owner = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://owner');
    asked.push({ url, key: request.headers.authorization });
    const { status, body } = answers[url.pathname] ?? { status: 404, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => owner.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(owner.address() as AddressInfo).port}`;
  controllers = await RealControllers.start(process.env, {
    extra: { WEIR_COLLECTOR_URL: url, WEIR_COMPARATOR_URL: url },
  });
  const instances = (port: number) => ({ instances: [`http://127.0.0.1:${port}`] });
  await controllers.call('PUT', '/api/v1/models/spam', {
    ...{ stable: 'v1', versions: { v1: instances(9_101), v2: instances(9_102) } },
    metrics: {
      clicked: { type: 'binary', within: '5s', missing: 'zero' },
      correct: { type: 'truth', output: 'label', within: '5s' },
      score: { type: 'output', output: 'score' },
    },
  });
});
beforeEach(() => {
  asked = [];
  answers = { '/api/v1/logged': { status: 200, body: { type: 'binary', direction: 'up', predictions: log } } };
});
afterAll(async () => {
  await controllers.stop();
  await new Promise((resolve) => owner.close(resolve));
});

const log: LoggedPrediction[] = Array.from({ length: 2_000 }, (_, index) => {
  const arm = index % 4 === 0 ? 'v2' : 'v1';
  return {
    ...{ predictionId: `p-${index}`, arm, weights: { v1: 7_500, v2: 2_500 }, propensity: arm === 'v1' ? 0.75 : 0.25 },
    ...{ attributes: { device: index % 2 === 0 ? 'phone' : 'desktop' }, servedAt: '2026-01-01T00:00:00.000Z' },
    reward: index % (arm === 'v1' ? 10 : 8) === 0 ? 1 : 0,
  };
});

const evaluate = <T = OffPolicyView>(body: object, model = 'spam') =>
  controllers.call<T>('POST', `/api/v1/models/${model}/off-policy`, body);

it('evaluates another allocation on the collector’s log, by the caller’s own key', async () => {
  const { status, body } = await evaluate({
    metric: 'clicked',
    weights: { v1: '50%', v2: '50%' },
    limit: 5_000,
    rollout: 'r-1',
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    model: 'spam',
    metric: 'clicked',
    direction: 'up',
    method: 'weights',
    rows: 2_000,
    leftOut: 0,
    usable: true,
  });
  expect(body.estimate?.meanWeight).toBeCloseTo(1, 9);
  expect(body.estimate?.dr).toBeGreaterThan(0);
  expect(body.logged?.mean).toBeCloseTo(log.reduce((sum, { reward }) => sum + reward, 0) / 2_000, 12);
  expect(body.sentence).toContain('clicked would have been');
  expect(asked.map(({ url, key }) => [url.pathname, Object.fromEntries(url.searchParams), key])).toEqual([
    [
      '/api/v1/logged',
      { model: 'spam', metric: 'clicked', limit: '5000', rollout: 'r-1' },
      `Bearer ${controllers.adminKey}`,
    ],
  ]);
});

it('refuses an estimate that few rows carry', async () => {
  answers['/api/v1/logged'] = { status: 200, body: { type: 'binary', direction: 'up', predictions: log.slice(0, 60) } };
  const { body } = await evaluate({ metric: 'clicked', weights: { v2: '100%' }, clip: 10 });
  expect(body).toMatchObject({ usable: false, estimate: { clip: 10, usable: false } });
  expect(body.sentence).toMatch(/^Not to be used: the effective sample size/);
});

it('evaluates a version that only ran in shadow: judged by the truth, or where it answered alike', async () => {
  const stable = log.map((each) => ({ ...each, arm: 'v1', weights: { v1: 10_000 }, propensity: 1 }));
  const shadowed = log.map(({ predictionId }, index) => ({
    predictionId,
    same: index % 2 === 0,
    worth: index % 5 === 0 ? 0 : 1,
  }));
  answers = {
    '/api/v1/logged': { status: 200, body: { type: 'truth', direction: 'up', predictions: stable } },
    '/api/v1/shadowed': { status: 200, body: { predictions: shadowed } },
  };
  const judged = await evaluate({ metric: 'correct', shadow: 'v2' });
  expect(judged.body).toMatchObject({
    method: 'judged-answers',
    usable: true,
    estimate: { snips: expect.closeTo(0.8, 9) as number },
  });
  answers['/api/v1/logged'] = { status: 200, body: { type: 'binary', direction: 'up', predictions: stable } };
  const clicked = await evaluate({ metric: 'clicked', shadow: 'v2' });
  expect(clicked.body).toMatchObject({ method: 'same-answers', usable: false });
  expect(clicked.body.estimate?.refusals[0]).toContain('the mean weight is 0.5');
  expect(asked.at(-1)?.url.searchParams.get('shadow')).toBe('v2');
});

it('says so where no row can say anything', async () => {
  answers['/api/v1/logged'] = { status: 200, body: { type: 'binary', direction: 'up', predictions: [] } };
  const { status, body } = await evaluate({ metric: 'clicked', weights: { v2: '100%' } });
  expect([status, body.rows, body.estimate, body.usable]).toEqual([200, 0, null, false]);
});

it.each<[string, object, string, number, string[]]>([
  ['neither weights nor a shadow', { metric: 'clicked' }, 'invalid-body', 400, ['weights']],
  ['both', { metric: 'clicked', shadow: 'v2', weights: { v2: '100%' } }, 'invalid-body', 400, ['weights']],
  ['shares that do not add up', { metric: 'clicked', weights: { v2: '90%' } }, 'invalid-body', 400, ['weights']],
  [
    'segments of a shadow',
    { metric: 'clicked', shadow: 'v2', segments: [{ when: { a: 'b' }, weights: { v1: '100%' } }] },
    'invalid-body',
    400,
    ['segments'],
  ],
  ['an unknown field', { metric: 'clicked', weight: { v2: '100%' } }, 'invalid-body', 400, []],
  ['a clip of nothing', { metric: 'clicked', weights: { v2: '100%' }, clip: 0 }, 'invalid-body', 400, ['clip']],
  ['a version that is none', { metric: 'clicked', weights: { v9: '100%' } }, 'unknown-version', 400, ['weights']],
  ['a metric that is none', { metric: 'sold', weights: { v2: '100%' } }, 'not-found', 404, []],
  ['a metric without outcomes', { metric: 'score', weights: { v2: '100%' } }, 'not-found', 404, []],
])('%s is refused, naming the field', async (_, body, code, status, paths) => {
  const answer = await evaluate<never>(body);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(answer.body.error.details.map((each) => each.path)).toEqual(expect.arrayContaining(paths));
});

it('knows no other model, and says who is away', async () => {
  expect((await evaluate({ metric: 'clicked', weights: { v2: '100%' } }, 'nobody')).status).toBe(404);
  answers = { '/api/v1/logged': { status: 500, body: {} } };
  const away = await evaluate<never>({ metric: 'clicked', weights: { v2: '100%' } });
  expect([away.status, away.body.error.code]).toEqual([502, 'collector-away']);
  expect((await controllers.call('POST', '/api/v1/models/spam/off-policy', {}, { key: null })).status).toBe(401);
});
