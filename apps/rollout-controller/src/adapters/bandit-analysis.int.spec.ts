// The calculators of bandits over HTTP: an answer with its method and parameters, or a 400 that names the field.
import { RealControllers } from './real-controller.fixture';

describe('the calculators of bandits', () => {
  let controllers: RealControllers;
  let viewer: string;
  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    viewer = await controllers.roleKey('viewer');
  });
  afterAll(() => controllers.stop());

  const ask = (which: string, body: unknown, key: string | null = viewer) =>
    controllers.call('POST', `/api/v1/analysis/${which}`, body, { key });

  const arms = [
    { name: 'v1', alpha: 51, beta: 951 },
    { name: 'v2', alpha: 61, beta: 941 },
    { name: 'v3', alpha: 41, beta: 961 },
  ];
  const row = { reward: 1, propensity: 0.5, targetProbability: 0.5 };

  it('bandit-weights: the probability that each arm is the best, and its share', async () => {
    const { status, body } = await ask('bandit-weights', { likelihood: 'bernoulli', arms, floor: 0.05 });
    expect([status, body]).toEqual([
      200,
      {
        ...{
          method: 'Thompson by quadrature',
          likelihood: 'bernoulli',
          direction: 'up',
          mode: 'thompson',
          floor: 0.05,
        },
        probabilityBest: { v1: near(0.161047017), v2: near(0.827023407), v3: near(0.011929575) },
        weights: { v1: near(0.05 + 0.85 * 0.161047017), v2: near(0.05 + 0.85 * 0.827023407), v3: near(0.060140139) },
      },
    ]);
    const normal = {
      likelihood: 'normal',
      arms: [
        { name: 'a', mean: 1, standardError: 3 },
        { name: 'b', mean: 0, standardError: 4 },
      ],
    };
    const down = await ask('bandit-weights', { ...normal, direction: 'down', mode: 'top-two' });
    expect(down.body).toMatchObject({
      method: 'top-two Thompson by quadrature',
      probabilityBest: { b: near(0.579259709) },
    });
  });

  it('off-policy: estimates with errors, and whether the log can carry them', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      ...{ reward: index % 2, propensity: 0.5, targetProbability: index % 2 === 0 ? 0.2 : 0.8 },
      ...{ predicted: 0.5, predictedTarget: 0.5, unit: `u${index}` },
    }));
    const { status, body } = await ask('off-policy', { rows });
    expect([status, body]).toMatchObject([
      200,
      {
        ...{
          method: 'inverse propensities',
          rows: 200,
          clip: null,
          clipped: 0,
          units: 200,
          meanWeight: 1,
          maxWeight: 1.6,
        },
        ...{ ips: near(0.8), snips: near(0.8), dr: near(0.8), usable: true, refusals: [] },
      },
    ]);
    expect(body['standardErrors']).toMatchObject({
      ips: expect.any(Number) as number,
      dr: expect.any(Number) as number,
    });
    expect(body['effectiveSampleSize']).toBeCloseTo(200 / 1.36, 9);
  });

  it.each([
    ['bandit-weights', { likelihood: 'bernoulli', arms: [] }, 'arms'],
    ['bandit-weights', { likelihood: 'bernoulli', arms: [{ ...arms[0], alpha: 0 }] }, 'arms[0].alpha'],
    ['bandit-weights', { likelihood: 'bernoulli', arms: [{ ...arms[0], alpha: null }] }, 'arms[0].alpha'],
    [
      'bandit-weights',
      { likelihood: 'normal', arms: [{ name: 'a', mean: 0, standardError: -1 }] },
      'arms[0].standardError',
    ],
    ['bandit-weights', { likelihood: 'bernoulli', arms, floor: 2 }, 'floor'],
    ['bandit-weights', { likelihood: 'bernoulli', arms, mode: 'greedy' }, 'mode'],
    ['bandit-weights', { likelihood: 'bernoulli', arms, flor: 0.1 }, 'flor'],
    ['off-policy', { rows: [] }, 'rows'],
    ['off-policy', { rows: [row, { ...row, propensity: 0 }] }, 'rows[1].propensity'],
    ['off-policy', { rows: [{ ...row, reward: null }] }, 'rows[0].reward'],
    ['off-policy', { rows: [{ ...row, targetProbability: 0 }] }, 'rows'],
    ['off-policy', { rows: [row], clip: -1 }, 'clip'],
  ])('%s refuses %j by naming the field', async (which, body, path) => {
    const answer = await ask(which, body);
    expect([answer.status, answer.body.error.code, answer.body.error.details.map((each) => each.path)]).toEqual([
      400,
      'invalid-body',
      [path],
    ]);
  });

  it('ask for a key', async () => {
    expect((await ask('off-policy', { rows: [row] }, null)).status).toBe(401);
  });
});

function near(value: number): number {
  return expect.closeTo(value, 7) as number;
}
