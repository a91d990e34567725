// The life of a prediction: who answers, who falls back, how long it may take, and that each is recorded once.
import { type PolicyPublished } from '@weir/contracts';
import { Cancellation, FakeModelServer, VersionServers, type FakeBehaviour } from '@weir/open-inference';
import { buildPolicy, buildSlice } from '@weir/testing';
import { type Prediction, type Routed } from './domain/prediction';
import { type Life } from './describe-prediction';
import { MemoryPredictionLog } from './memory-prediction-log';
import { RoutePrediction } from './route-prediction';
import { ServeModels } from './serve-models';

type Behaviours = Partial<Record<'v1' | 'v2', FakeBehaviour>>;
const toCandidate = [buildSlice({ arms: { v1: 0, v2: 10_000 } })];

interface Given {
  readonly policy?: Partial<PolicyPublished>;
  readonly servers?: Behaviours;
  readonly durable?: boolean;
  readonly maxPending?: number;
}

const opened: ServeModels[] = [];
afterEach(() => Promise.all(opened.splice(0).map((models) => models.close())));

function router({ policy = {}, servers = {}, durable = false, maxPending = Infinity }: Given = {}) {
  const fakes = new Map<string, FakeModelServer>();
  const models = new ServeModels(
    (target) =>
      new VersionServers(target.server, {
        open: (url) => {
          const version = url.endsWith('9102') ? 'v2' : 'v1';
          const fake = new FakeModelServer(
            url,
            servers[version] ?? { kind: 'answer', body: `{"model_name":"${version}"}` },
          );
          fakes.set(version, fake);
          return fake;
        },
        timing: { intervalMs: 60_000 },
        maxPending,
      }),
  );
  opened.push(models);
  expect(models.accept(buildPolicy(policy), 'live').kind).toBe('applied');
  const log = new MemoryPredictionLog();
  const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
  const observed: Life[] = [];
  const use = new RoutePrediction(models, log, { predicted: (life) => observed.push(life) }, clock, {
    router: 'router-1',
    durable,
  });
  const route = (some: Partial<Prediction> = {}): Promise<Routed> => use.route(prediction(some));
  const infers = (version: 'v1' | 'v2') => (fakes.get(version)?.calls ?? []).filter(({ method }) => method === 'POST');
  return { route, log, models, observed, infers, fakes };
}

function prediction(some: Partial<Prediction>): Prediction {
  return {
    predictionId: 'p-1',
    recordId: 'r-1',
    model: 'spam',
    pinned: undefined,
    unit: 'unit-1',
    attributes: {},
    excluded: false,
    timeoutMs: undefined,
    headers: ['content-type', 'application/json'],
    body: Buffer.from('{"inputs":[]}'),
    contentType: 'application/json',
    rawPath: undefined,
    traceparent: undefined,
    cancellation: undefined,
    arrivedMs: performance.now(),
    durable: false,
    keepAnswer: false,
    ...some,
  };
}

describe('routing a prediction', () => {
  it('asks the assigned version and records the decision with its propensity', async () => {
    const { route, log, infers } = router({ policy: { slices: [buildSlice()] } });
    const routed = await route({ attributes: { region: 'eu' } });
    expect(routed).toMatchObject({ kind: 'answer', status: 200, answeredBy: 'v1', assigned: 'v1', policyRevision: 1 });
    expect(infers('v1')).toHaveLength(1);
    expect(infers('v1')[0]).toMatchObject({ path: '/v2/models/spam/infer', body: Buffer.from('{"inputs":[]}') });
    expect(log.events).toEqual([
      expect.objectContaining({
        predictionId: 'p-1',
        model: 'spam',
        rollout: buildSlice().rollout,
        stage: 0,
        step: 0,
        epoch: 1,
        weights: { v1: 9_000, v2: 1_000 },
        arm: 'v1',
        armStatus: 'ok',
        armHttpStatus: 200,
        answeredBy: 'v1',
        propensity: 0.9,
        assignment: 'unit',
        policyRevision: 1,
        unit: 'unit-1',
        attributes: { region: 'eu' },
        reason: 'weights',
        status: 200,
        router: 'router-1',
      }),
    ]);
    expect(log.events[0]).not.toHaveProperty('fallback');
    expect(log.events[0]).not.toHaveProperty('pinned');
  });

  it('records which attempt of the rollout the prediction is of, and none where the policy names none', async () => {
    const { route, log, models } = router({ policy: { slices: [buildSlice()] } });
    await route();
    models.accept(buildPolicy({ revision: 2, slices: [buildSlice({ attempt: 3 })] }), 'live');
    await route({ predictionId: 'p-2' });
    expect(log.events[0]).not.toHaveProperty('attempt');
    expect(log.events[1]).toMatchObject({ rollout: buildSlice().rollout, attempt: 3 });
  });

  it('knows nothing of unknown models, versions and retired models, and records nothing of them', async () => {
    const { route, log, models } = router();
    expect(await route({ model: 'nope' })).toMatchObject({ kind: 'refusal', status: 404 });
    expect(await route({ model: 'constructor' })).toMatchObject({ status: 404 });
    expect(await route({ pinned: 'v9' })).toMatchObject({ status: 404 });
    expect(models.accept(buildPolicy({ revision: 2, state: 'retired' }), 'live').kind).toBe('applied');
    expect(await route()).toMatchObject({ status: 404 });
    expect(log.entries).toEqual([]);
  });

  it.each<[string, FakeBehaviour, string, number | undefined]>([
    ['answers 500', { kind: 'answer', status: 500 }, 'error', 500],
    ['answers 503', { kind: 'answer', status: 503 }, 'error', 503],
    ['answers 429', { kind: 'answer', status: 429 }, 'error', 429],
    ['answers what is no answer', { kind: 'answer', body: '<html>' }, 'error', 200],
    ['refuses connections', { kind: 'refuse' }, 'unreachable', undefined],
    ['breaks connections', { kind: 'break' }, 'error', undefined],
    ['hangs', { kind: 'hang' }, 'timeout', undefined],
  ])(
    'falls back to stable when the candidate %s, and counts that against the candidate',
    async (_, behaviour, armStatus, http) => {
      const { route, log, infers, observed } = router({
        policy: { slices: toCandidate, timeoutMs: 200 },
        servers: { v2: behaviour },
      });
      const routed = await route();
      expect(routed).toMatchObject({ kind: 'answer', status: 200, answeredBy: 'v1', assigned: 'v2' });
      expect(infers('v1')).toHaveLength(1);
      expect(log.events).toHaveLength(1);
      expect(log.events[0]).toMatchObject({
        arm: 'v2',
        armStatus,
        answeredBy: 'v1',
        fallback: true,
        status: 200,
        propensity: 1,
      });
      expect(log.events[0]?.armHttpStatus).toBe(http);
      expect(observed).toEqual([
        expect.objectContaining({ assigned: expect.objectContaining({ version: 'v2', status: armStatus }) as unknown }),
      ]);
    },
  );

  it.each([400, 404, 422])('passes a %i of the candidate on as an answer', async (status) => {
    const { route, log, infers } = router({
      policy: { slices: toCandidate },
      servers: { v2: { kind: 'answer', status } },
    });
    expect(await route()).toMatchObject({ kind: 'answer', status, answeredBy: 'v2' });
    expect(infers('v1')).toHaveLength(0);
    expect(log.events[0]).toMatchObject({ armStatus: 'ok', armHttpStatus: status, status });
  });

  it("passes on stable's own failures unchanged: no second retry, no other version", async () => {
    const { route, log, infers } = router({ servers: { v1: { kind: 'answer', status: 500, body: 'oops' } } });
    expect(await route()).toMatchObject({ kind: 'answer', status: 500, body: Buffer.from('oops'), answeredBy: 'v1' });
    expect(infers('v2')).toHaveLength(0);
    expect(log.events[0]).toMatchObject({ armStatus: 'error', status: 500, answeredBy: 'v1' });
  });

  it('gives the answer of stable, whatever it is, when both fail', async () => {
    const failing = router({
      policy: { slices: toCandidate },
      servers: { v2: { kind: 'answer', status: 500 }, v1: { kind: 'answer', status: 502 } },
    });
    expect(await failing.route()).toMatchObject({ kind: 'answer', status: 502, answeredBy: 'v1' });
    const dead = router({
      policy: { slices: toCandidate },
      servers: { v2: { kind: 'answer', status: 500 }, v1: { kind: 'refuse' } },
    });
    expect(await dead.route()).toMatchObject({ kind: 'refusal', status: 503 });
    expect(dead.log.events).toEqual([
      expect.objectContaining({ arm: 'v2', armStatus: 'error', armHttpStatus: 500, status: 503 }),
    ]);
    expect(dead.log.events[0]).not.toHaveProperty('answeredBy');
    expect(dead.log.events[0]).not.toHaveProperty('fallback');
  });

  it("gives the candidate half of the deadline and stable what is left, by the caller's patience or the model's, whichever is less", async () => {
    const servers: Behaviours = { v2: { kind: 'hang' }, v1: { kind: 'hang' } };
    for (const [timeoutMs, patienceMs] of [
      [300, undefined],
      [5_000, 300],
      [300, 5_000],
    ] as const) {
      const { route, log, infers } = router({ policy: { slices: toCandidate, timeoutMs }, servers });
      const startMs = performance.now();
      expect(await route({ timeoutMs: patienceMs, arrivedMs: startMs })).toMatchObject({
        kind: 'refusal',
        status: 504,
      });
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThanOrEqual(295);
      expect(tookMs).toBeLessThan(1_500);
      expect(infers('v2')[0]?.timeoutMs).toBeLessThanOrEqual(150);
      expect(infers('v1')[0]?.timeoutMs).toBeLessThanOrEqual(151);
      expect(log.events).toEqual([expect.objectContaining({ arm: 'v2', armStatus: 'timeout', status: 504 })]);
    }
  });

  it('gives the whole deadline to a version that has no fallback', async () => {
    const { route, infers } = router({ servers: { v1: { kind: 'hang' } }, policy: { timeoutMs: 100 } });
    expect(await route()).toMatchObject({ status: 504 });
    expect(infers('v1')[0]?.timeoutMs).toBeGreaterThan(80);
    expect(infers('v1')[0]?.timeoutMs).toBeLessThanOrEqual(100);
  });

  it('asks nobody once the deadline has passed, and records a timeout', async () => {
    const { route, log, infers } = router({ policy: { slices: toCandidate } });
    expect(await route({ timeoutMs: -5 })).toMatchObject({ status: 504 });
    expect([...infers('v1'), ...infers('v2')]).toEqual([]);
    expect(log.events).toEqual([
      expect.objectContaining({ arm: 'v2', armStatus: 'timeout', armLatencyMs: 0, status: 504 }),
    ]);
  });

  it('has no fallback where stable has no instance in service', async () => {
    const versions = buildPolicy().versions;
    const { route, infers } = router({
      policy: {
        slices: toCandidate,
        versions: { ...versions, v1: { modelName: 'spam', instances: [{ url: 'http://a:9101', state: 'out' }] } },
      },
      servers: { v2: { kind: 'answer', status: 500 } },
    });
    expect(await route()).toMatchObject({ kind: 'answer', status: 500, answeredBy: 'v2' });
    expect(infers('v1')).toEqual([]);
  });

  it('refuses with 503 where no instance is in service', async () => {
    const versions = { v1: { modelName: 'spam', instances: [] }, v2: { modelName: 'spam', instances: [] } };
    const { route, log } = router({ policy: { versions } });
    expect(await route()).toMatchObject({ kind: 'refusal', status: 503 });
    expect(log.events).toEqual([expect.objectContaining({ armStatus: 'unreachable', status: 503 })]);
  });

  it('does not wait for a candidate that is known to be dead', async () => {
    const { route, fakes, infers } = router({
      policy: { slices: toCandidate, timeoutMs: 4_000 },
      servers: { v2: { kind: 'refuse' } },
    });
    await route();
    const candidate = fakes.get('v2');
    if (candidate) candidate.behaviour = { kind: 'hang' };
    const startMs = performance.now();
    expect(await route()).toMatchObject({ status: 200, answeredBy: 'v1', assigned: 'v2' });
    expect(performance.now() - startMs).toBeLessThan(500);
    expect(infers('v2')).toEqual([]);
  });

  it('serves a pinned version without a fallback, recorded as pinned in the rollout that it would have been in', async () => {
    const { route, log } = router({
      policy: { slices: [buildSlice()] },
      servers: { v2: { kind: 'answer', status: 500 } },
    });
    expect(await route({ pinned: 'v2' })).toMatchObject({ kind: 'answer', status: 500, answeredBy: 'v2' });
    expect(log.events[0]).toMatchObject({
      arm: 'v2',
      pinned: true,
      reason: 'pinned',
      weights: { v1: 9_000, v2: 1_000 },
      rollout: buildSlice().rollout,
      propensity: 1,
    });
  });

  it('records a caller that left: 499, cancelled, and no fallback', async () => {
    const { route, log, infers } = router({ policy: { slices: toCandidate }, servers: { v2: { kind: 'hang' } } });
    const cancellation = new Cancellation();
    const routed = route({ cancellation });
    setTimeout(() => cancellation.request(), 30);
    expect(await routed).toMatchObject({ kind: 'refusal', status: 499 });
    expect(infers('v1')).toEqual([]);
    expect(log.events).toEqual([expect.objectContaining({ arm: 'v2', armStatus: 'cancelled', status: 499 })]);
  });

  it('keeps the failure of the candidate when the caller leaves during the fallback', async () => {
    const { route, log } = router({
      policy: { slices: toCandidate },
      servers: { v2: { kind: 'answer', status: 500 }, v1: { kind: 'hang' } },
    });
    const cancellation = new Cancellation();
    const routed = route({ cancellation });
    setTimeout(() => cancellation.request(), 50);
    await routed;
    expect(log.events).toEqual([expect.objectContaining({ armStatus: 'error', armHttpStatus: 500, status: 499 })]);
  });

  it('judges stable in a rollout by the same rule as the candidate, and passes its answer on all the same', async () => {
    const stableOnly = [buildSlice({ arms: { v1: 10_000, v2: 0 } })];
    const { route, log } = router({
      policy: { slices: stableOnly },
      servers: { v1: { kind: 'answer', body: '<html>' } },
    });
    expect(await route()).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('<html>') });
    expect(log.events[0]).toMatchObject({ armStatus: 'error', status: 200, answeredBy: 'v1' });
  });

  it('takes any answer of a raw server as it is, below its own path', async () => {
    const raw = { protocol: 'raw', slices: toCandidate } as const;
    const { route, infers, log } = router({ policy: raw, servers: { v2: { kind: 'answer', body: 'text' } } });
    expect(await route({ rawPath: '/v1/chat?x=1' })).toMatchObject({
      status: 200,
      answeredBy: 'v2',
      body: Buffer.from('text'),
    });
    expect(infers('v2')[0]?.path).toBe('/v1/chat?x=1');
    expect(log.events[0]?.armStatus).toBe('ok');
  });

  it('has the record on disk before it answers where it must be durable, and does not answer where it cannot', async () => {
    const { route, log } = router({ durable: true });
    await route();
    expect(log.appended).toHaveLength(1);
    log.failure = new Error('the journal has no room');
    await expect(route()).rejects.toThrow('no room');
    const buffered = router();
    await buffered.route();
    await buffered.route({ durable: true });
    expect(buffered.log.appended).toHaveLength(1);
    expect(buffered.log.entries).toHaveLength(2);
  });

  it('says what the caller said: excluded, trace, its own unit or none', async () => {
    const { route, log } = router({ policy: { slices: [buildSlice()] } });
    await route({ excluded: true, unit: undefined, traceparent: '00-1-2-01' });
    expect(log.events[0]).toMatchObject({ excluded: true, assignment: 'prediction' });
    expect(log.events[0]).not.toHaveProperty('unit');
    expect(log.entries[0]?.traceparent).toBe('00-1-2-01');
  });

  it('records each of many predictions once, over all that can happen', async () => {
    const { route, log, fakes } = router({
      policy: { slices: [buildSlice({ arms: { v1: 5_000, v2: 5_000 } })], timeoutMs: 60 },
    });
    const behaviours: FakeBehaviour[] = [
      { kind: 'answer' },
      { kind: 'hang' },
      { kind: 'answer', status: 500 },
      { kind: 'break' },
      { kind: 'refuse' },
    ];
    for (const v1 of behaviours)
      for (const v2 of behaviours) {
        Object.assign(fakes.get('v1') ?? {}, { behaviour: v1 });
        Object.assign(fakes.get('v2') ?? {}, { behaviour: v2 });
        await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            route({ predictionId: `${v1.kind}-${v2.kind}-${index}`, unit: `u-${index}` }),
          ),
        );
      }
    expect(log.entries).toHaveLength(200);
    expect(log.events.every((event) => event.propensity === 0.5)).toBe(true);
  });
});

it('W7 asks stable alone where a shadow is offered what callers get: one that hangs is none of their business', async () => {
  const slices = [buildSlice({ arms: { v1: 10_000, v2: 0 }, shadows: [{ version: 'v2', sampleBps: 10_000 }] })];
  const { route, infers } = router({ policy: { slices }, servers: { v2: { kind: 'hang' } } });
  expect(await route()).toMatchObject({ kind: 'answer', status: 200, answeredBy: 'v1' });
  expect([infers('v1').length, infers('v2').length]).toEqual([1, 0]);
});

describe('a version whose servers have all the calls that they may', () => {
  // one of the three is the probe that began with the version
  const slow: Behaviours = { v1: { kind: 'answer', afterMs: 100 }, v2: { kind: 'answer', afterMs: 100 } };

  it('is not asked: stable answers in its place, and it counts against the version', async () => {
    const { route, log } = router({ policy: { slices: toCandidate }, servers: slow, maxPending: 3 });
    const routed = await Promise.all(Array.from({ length: 4 }, (_, at) => route({ unit: `unit-${at}` })));
    expect(routed.map((one) => one.kind === 'answer' && one.answeredBy).sort()).toEqual(['v1', 'v1', 'v2', 'v2']);
    expect(log.events.map(({ armStatus }) => armStatus).sort()).toEqual(['ok', 'ok', 'unreachable', 'unreachable']);
  });

  it("refuses where nobody can answer in its place, before it costs, and that is nobody's evidence", async () => {
    const { route, log, observed } = router({ policy: { slices: toCandidate }, servers: slow, maxPending: 3 });
    const four = Promise.all(Array.from({ length: 4 }, (_, at) => route({ unit: `unit-${at}` })));
    await new Promise((resolve) => setImmediate(resolve));
    const routed = await Promise.all(Array.from({ length: 5 }, () => route()));
    for (const one of routed) expect(one).toMatchObject({ kind: 'refusal', status: 503, message: 'overloaded' });
    await four;
    expect([log.events.length, observed.length]).toEqual([4, 4]);
  });

  it('is recorded all the same where the caller reads the answer from the record', async () => {
    const { route, log } = router({ policy: { slices: [] }, servers: slow, maxPending: 3 });
    const kept = { keepAnswer: true, durable: true };
    const routed = await Promise.all(Array.from({ length: 3 }, (_, at) => route({ ...kept, unit: `unit-${at}` })));
    expect(routed.map((one) => (one.kind === 'answer' ? one.status : one.status)).sort()).toEqual([200, 200, 503]);
    expect(log.events).toHaveLength(3);
  });
});
