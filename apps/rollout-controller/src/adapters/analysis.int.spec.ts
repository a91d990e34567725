// The calculators over HTTP: an answer with its method and parameters, or a 400 that names the field.
import { RealControllers } from './real-controller.fixture';

describe('the calculators', () => {
  let controllers: RealControllers;
  let viewer: string;
  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    viewer = await controllers.roleKey('viewer');
  });
  afterAll(() => controllers.stop());

  const ask = (which: string, body: unknown, key: string | null = viewer) =>
    controllers.call('POST', `/api/v1/analysis/${which}`, body, { key });

  it('guardrail: a candidate with a tenth of the traffic and half of the errors', async () => {
    const { status, body } = await ask('guardrail', { share: 0.1, candidateErrors: 10, totalErrors: 20 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ method: 'label e-process', share: 0.1, margin: 1, candidateErrors: 10, totalErrors: 20, alpha: 0.01 },
      ...{ concentration: 10, oneSided: true, side: 'harm', threshold: 100, theta0: 0.1, breached: true },
    });
    expect(body['eValue']).toBeGreaterThan(100);
    expect(body['logEValue']).toBeCloseTo(Math.log(body['eValue'] as number), 9);
  });

  it('srm: chi-square, and at any time; an arm of weight 0 is not in the test but leaks', async () => {
    const arms = [
      { name: 'a', weight: 50, units: 5_000 },
      { name: 'b', weight: 50, units: 5_200 },
      { name: 'c', weight: 0, units: 3 },
    ];
    const once = await ask('srm', { arms, method: 'chi-square' });
    expect(once.body).toMatchObject({ method: 'chi-square', degreesOfFreedom: 1, mismatch: false, leak: true });
    expect(once.body['statistic']).toBeCloseTo(200 ** 2 / 10_200, 9);
    const always = await ask('srm', { arms: arms.slice(0, 2), method: 'sequential' });
    expect(always.body).toMatchObject({ method: 'sequential', concentration: 100, mismatch: false, leak: false });
  });

  it('sequential: means and proportions against a baseline', async () => {
    const means = {
      ...{ metric: 'mean', baseline: 'a', plannedUnits: 2_000 },
      arms: [
        { name: 'a', n: 1_000, mean: 10, variance: 4 },
        { name: 'b', n: 1_000, mean: 11, variance: 4 },
      ],
    };
    const { body } = await controllers.call<{ comparisons: { arm: string; difference: number; pValue: number }[] }>(
      'POST',
      '/api/v1/analysis/sequential',
      means,
    );
    expect(body.comparisons).toMatchObject([{ arm: 'b', difference: 1 }]);
    expect(body.comparisons[0]?.pValue).toBeLessThan(0.001);
    const rates = { name: 'a', n: 100, successes: 10 };
    const proportions = { ...means, metric: 'proportion', arms: [rates, { ...rates, name: 'b', successes: 20 }] };
    expect((await ask('sequential', proportions)).status).toBe(200);
  });

  const meanArms = [
    { name: 'a', n: 100, mean: 10, variance: 4 },
    { name: 'b', n: 120, mean: 11, variance: 5 },
  ];

  it('two-sample: Welch for means, pooled z for proportions, each with the relative difference', async () => {
    const means = await ask('two-sample', { metric: 'mean', baseline: 'a', arms: meanArms });
    expect(means.body).toMatchObject({
      ...{ method: 'Welch t', metric: 'mean', baseline: 'a', alpha: 0.05, alternative: 'two-sided' },
      comparisons: [{ arm: 'b', difference: 1, relative: { difference: 0.1 } }],
    });
    const rates = [
      { name: 'a', n: 99, successes: 12 },
      { name: 'b', n: 83, successes: 5 },
    ];
    const one = { metric: 'proportion', baseline: 'a', arms: rates, alternative: 'less', alpha: 0.1 };
    const proportions = await ask('two-sample', one);
    expect(proportions.body).toMatchObject({ alpha: 0.1, alternative: 'less', comparisons: [{ arm: 'b' }] });
    expect(JSON.stringify(proportions.body)).toContain('"interval":[null,');
  });

  it('power: answers what is missing, and what a sequential plan adds', async () => {
    const asked = { metric: 'mean', baseline: { mean: 10, variance: 4 }, effect: 0.2, power: 0.9 };
    const fixed = await ask('power', asked);
    expect(fixed.body).toMatchObject({ method: 'noncentral t', effect: 0.2, power: 0.9, arms: 2, sequential: false });
    const sequential = await ask('power', { ...asked, sequential: true });
    expect(sequential.body['unitsPerArm']).toBeGreaterThan(fixed.body['unitsPerArm'] as number);
    expect(sequential.body['rejectAtHorizon']).toBeLessThan(sequential.body['crossByHorizon'] as number);
    expect(sequential.body['expectedStop']).toBeLessThan(sequential.body['unitsPerArm'] as number);
  });

  it('drift: of values and of counts', async () => {
    const values = { reference: [0.99, 1.99], current: [1, 2, 3], method: 'ks' };
    expect((await ask('drift', values)).body).toEqual({
      method: 'ks',
      value: 2 / 3,
      pValue: expect.closeTo(0.6, 12) as number,
    });
    const edges = [0, 1, 2, 3];
    const counts = {
      reference: { edges, counts: [50, 50, 0] },
      current: { edges, counts: [40, 40, 20] },
      method: 'psi',
    };
    expect((await ask('drift', counts)).body).toEqual({
      method: 'psi',
      value: expect.closeTo(1.5640491119, 9) as number,
      bins: 3,
    });
  });

  it('drift: of as many values as a day of a small service has', async () => {
    const reference = Array.from({ length: 100_000 }, (_, at) => Math.sin(at));
    const moved = { reference, current: reference.map((value) => value + 2), method: 'wasserstein' };
    const { status, body } = await ask('drift', moved);
    expect([status, body]).toEqual([200, { method: 'wasserstein', value: expect.closeTo(2, 9) as number }]);
  });

  it.each([
    ['two-sample', { metric: 'mean', baseline: 'a', arms: [{ ...meanArms[0], n: 1 }, meanArms[1]] }, 'arms[0].n'],
    ['two-sample', { metric: 'mean', baseline: 'a', arms: [{ ...meanArms[0], mean: 0 }, meanArms[1]] }, 'arms[0].mean'],
    ['two-sample', { metric: 'mean', baseline: 'c', arms: meanArms }, 'baseline'],
    ['power', { metric: 'mean', baseline: { mean: 1, variance: -1 }, effect: 1, power: 0.8 }, 'baseline.variance'],
    ['power', { metric: 'proportion', baseline: { rate: 0.9 }, effect: 0.2, power: 0.8 }, 'effect'],
    ['power', { metric: 'proportion', baseline: { rate: 0.9 }, effect: 0.05 }, 'power'],
    ['power', { metric: 'mean', baseline: { mean: 1 }, effect: 0.05, power: 0.8 }, 'baseline.variance'],
    ['drift', { reference: [], current: [1], method: 'ks' }, 'reference'],
    ['drift', { reference: [1, null], current: [1], method: 'ks' }, 'reference[1]'],
    ['drift', { reference: [1], current: { edges: [0, 1], counts: [1] }, method: 'ks' }, 'current'],
    ['guardrail', { share: 1.5, candidateErrors: 1, totalErrors: 2 }, 'share'],
    ['guardrail', { share: 0.1, candidateErrors: -1, totalErrors: 2 }, 'candidateErrors'],
    ['guardrail', { share: 0.1, candidateErrors: 3, totalErrors: 2 }, 'candidateErrors'],
    ['guardrail', { share: 0.1, candidateErrors: 1, totalErrors: 2, alhpa: 0.05 }, 'alhpa'],
    ['guardrail', { share: 0.1, candidateErrors: null, totalErrors: 2 }, 'candidateErrors'],
    ['srm', { arms: [{ name: 'a', weight: 0, units: 1 }], method: 'sequential' }, 'arms'],
    ['srm', { arms: [{ name: 'a', weight: 1, units: 1.5 }], method: 'sequential' }, 'arms[0].units'],
    ['srm', { arms: [{ name: 'a', weight: 1, units: 1 }], method: 'guess' }, 'method'],
    [
      'sequential',
      {
        ...{ metric: 'mean', baseline: 'a', plannedUnits: 10 },
        arms: [
          { name: 'a', n: 10, mean: 1, variance: 1 },
          { name: 'b', n: 10, mean: 1, variance: -1 },
        ],
      },
      'arms[1].variance',
    ],
    ['sequential', { metric: 'median', baseline: 'a', plannedUnits: 10, arms: [] }, 'metric'],
  ])('%s refuses %j by naming the field', async (which, body, path) => {
    const answer = await ask(which, body);
    expect([answer.status, answer.body.error.code, answer.body.error.details.map((each) => each.path)]).toEqual([
      400,
      'invalid-body',
      [path],
    ]);
  });

  it('ask for a key', async () => {
    expect((await ask('guardrail', {}, null)).status).toBe(401);
  });
});
