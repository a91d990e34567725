// A rollout from its submission to its end, as an operator sees it over HTTP and a router over Kafka.
import { evidence, type Evidence } from '@weir/contracts';
import { buildEvidence, eventually } from '@weir/testing';
import { RealControllers, type Answer } from './real-controller.fixture';

const instances = (port: number) => ({ instances: [`http://127.0.0.1:${port}`] });
const versions = { v1: instances(9_101), v2: instances(9_102), v3: instances(9_103) };

interface View {
  id: string;
  state: string;
  step: number;
  stage: number;
  revision: number;
  attempt: number;
  reason: string;
  winner?: string;
  outcome?: string;
  baseline: string;
  moves: string[];
  verdicts: unknown[];
  weights: {
    desired: unknown;
    applied: unknown;
    appliedRevision: number | null;
    policyRevision: number;
    observed: unknown;
    observedCounts: unknown;
  };
}

describe('rollouts', () => {
  let controllers: RealControllers;
  let count = 0;
  let model: string;

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
  });
  afterAll(() => controllers.stop());
  beforeEach(async () => {
    model = `model-${(count += 1)}`;
    expect((await controllers.call('PUT', `/api/v1/models/${model}`, { stable: 'v1', versions })).status).toBe(201);
  });

  const submit = (changes: object = {}, headers?: Record<string, string>) =>
    controllers.call<View>(
      'POST',
      '/api/v1/rollouts',
      { model, candidates: ['v2'], stages: [{ canary: { steps: ['5%', '10%', '50%'] } }], ...changes },
      headers ? { headers } : {},
    );
  const started = async (changes: object = {}) => (await submit(changes)).body;
  const tell = (
    id: string,
    action: string,
    changes: object = {},
    headers?: Record<string, string>,
  ): Promise<Answer<View>> =>
    controllers.call<View>(
      'POST',
      `/api/v1/rollouts/${id}/${action}`,
      { reason: 'by hand', ...changes },
      headers ? { headers } : {},
    );
  const get = async (id: string) => (await controllers.call<View>('GET', `/api/v1/rollouts/${id}`)).body;
  const stable = async () => (await controllers.call('GET', `/api/v1/models/${model}`)).body['stable'];
  const policies = () => controllers.published.filter((policy) => policy.model === model);
  const published = (revision: number) => eventually(() => policies().find((policy) => policy.revision === revision));
  const refusal = (answer: { status: number; body: unknown }) => {
    const { error } = answer.body as { error: { code: string; details: { message: string }[] } };
    return [answer.status, error.code, error.details.map(({ message }) => message)];
  };

  it('goes by hand through its steps, and its candidate is stable at the end', async () => {
    const { id, moves, verdicts } = await started();
    expect([moves, verdicts]).toEqual([['pause', 'promote', 'promote-full', 'abort'], []]);
    for (const [step, weight] of [
      [1, 1_000],
      [2, 5_000],
    ] as const) {
      const { status, body } = await tell(id, 'promote');
      expect([status, body.state, body.step, body.weights.desired]).toEqual([
        202,
        'running',
        step,
        { v1: 10_000 - weight, v2: weight },
      ]);
    }
    const done = await tell(id, 'promote');
    expect(done.body).toMatchObject({
      state: 'completed',
      winner: 'v2',
      moves: [],
      weights: { desired: { v2: 10_000 } },
    });
    expect(await stable()).toBe('v2');
    const last = await published(done.body.weights.policyRevision);
    expect(last).toMatchObject({ stable: 'v2', slices: [] });
    expect(policies().map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5]);
    expect(policies().map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  });

  it('writes each move into the audit trail, with who and why', async () => {
    const { id } = await started();
    await tell(id, 'pause', { reason: 'lunch' });
    await tell(id, 'resume', { reason: 'back' });
    await tell(id, 'promote-full', { reason: 'fine' });
    const { body } = await controllers.call<{
      events: {
        actor: string;
        action: string;
        reason: string;
        from: { state: string } | null;
        to: { state: string };
      }[];
    }>('GET', `/api/v1/rollouts/${id}/events`);
    expect(
      body.events.map(({ action, reason, actor, from, to }) => [action, reason, actor, from?.state, to.state]),
    ).toEqual([
      ['submit', 'submitted', 'bootstrap', undefined, 'running'],
      ['pause', 'lunch', 'bootstrap', 'running', 'paused'],
      ['resume', 'back', 'bootstrap', 'paused', 'running'],
      ['promote-full', 'fine', 'bootstrap', 'running', 'completed'],
    ]);
  });

  it('pauses without touching the weights: no new policy', async () => {
    const { id, weights } = await started();
    const paused = await tell(id, 'pause');
    expect(paused.body.weights).toMatchObject({
      desired: { v1: 9_500, v2: 500 },
      policyRevision: weights.policyRevision,
    });
  });

  describe('abort', () => {
    it('gives all traffic back at once, and has rolled back when no router is heard from', async () => {
      const { id } = await started();
      const { body } = await tell(id, 'abort', { reason: 'errors' });
      expect(body).toMatchObject({ state: 'rolling-back', moves: [], weights: { desired: { v1: 10_000 } } });
      await published(3);
      const done = await eventually(async () => {
        const view = await get(id);
        return view.state === 'rolled-back' && view;
      });
      expect(done).toMatchObject({ reason: 'errors', moves: ['promote-full', 'retry'] });
      expect(await stable()).toBe('v1');
    });

    it('waits for the slowest router heard from, and not for one that has stopped', async () => {
      const { id } = await started();
      await controllers.applied('fast', model, 2);
      await controllers.applied('slow', model, 1);
      await controllers.applied('gone', model, 1);
      await eventually(async () => (await get(id)).weights.appliedRevision === 1);
      expect((await get(id)).weights.applied).toEqual({ v1: 10_000 });
      await controllers.applied('slow', model, 2);
      await controllers.applied('gone', model, 1, 'stopping');
      await eventually(async () => (await get(id)).weights.appliedRevision === 2);
      expect((await get(id)).weights.applied).toEqual({ v1: 9_500, v2: 500 });
      await tell(id, 'abort');
      await controllers.applied('fast', model, 3);
      await eventually(
        async () =>
          (
            await controllers.rows<{ models: Record<string, { revision: number }> }>(
              `select models from router where router = 'fast'`,
            )
          )[0]?.models[model]?.revision === 3,
      );
      expect((await get(id)).state).toBe('rolling-back');
      await controllers.applied('slow', model, 3);
      await eventually(async () => (await get(id)).state === 'rolled-back');
      for (const router of ['fast', 'slow']) await controllers.applied(router, model, 3, 'stopping');
      await eventually(async () => (await get(id)).weights.appliedRevision === null);
    });

    it('can be tried again: another attempt with another salt', async () => {
      const { id } = await started();
      await tell(id, 'abort');
      await eventually(async () => (await get(id)).state === 'rolled-back');
      const retried = await tell(id, 'retry', { reason: 'fixed' });
      expect(retried.body).toMatchObject({
        state: 'running',
        attempt: 2,
        step: 0,
        weights: { desired: { v1: 9_500, v2: 500 } },
      });
      const [before, after] = [await published(2), await published(retried.body.weights.policyRevision)];
      expect(after.slices[0]?.salt).not.toBe(before.slices[0]?.salt);
      expect(after.slices[0]?.period.base).toBeGreaterThan(before.slices[0]?.period.base ?? 0);
    });
  });

  describe('what is refused', () => {
    it('an illegal move names the legal ones', async () => {
      const { id } = await started();
      expect(refusal(await tell(id, 'resume'))).toEqual([
        409,
        'illegal-move',
        ['pause', 'promote', 'promote-full', 'abort'],
      ]);
      await tell(id, 'promote-full');
      expect(refusal(await tell(id, 'abort'))).toEqual([409, 'illegal-move', []]);
    });

    it('another revision than the expected one names both', async () => {
      const { id } = await started();
      await tell(id, 'promote', { expectedRevision: 1 });
      expect(refusal(await tell(id, 'promote', { expectedRevision: 1 }))).toEqual([
        409,
        'revision-conflict',
        ['1 was expected, 2 is in force'],
      ]);
      expect((await tell(id, 'promote', { expectedRevision: 2 })).status).toBe(202);
    });

    it.each([
      { reason: '' },
      { reason: 'x'.repeat(501) },
      { reason: undefined },
      { reason: 'x', force: true },
      { reason: 'x', expectedRevision: 0 },
    ])('the command %j', async (body) => {
      const { id } = await started();
      expect((await tell(id, 'promote', body)).status).toBe(400);
    });

    it('a version that is no candidate, an unknown command, an unknown rollout', async () => {
      const { id } = await started();
      expect(refusal(await tell(id, 'promote', { version: 'v3' })).slice(0, 2)).toEqual([400, 'unknown-version']);
      expect((await tell(id, 'explode')).status).toBe(404);
      expect((await tell('nobody', 'promote')).status).toBe(404);
    });
  });

  describe('a second submission', () => {
    const other = { stages: [{ canary: { steps: ['20%'] } }] };

    it('of the same specification is unchanged while the first is live', async () => {
      const first = await started();
      const again = await submit();
      expect([again.status, again.body.outcome, again.body.id, again.body.revision]).toEqual([
        200,
        'unchanged',
        first.id,
        1,
      ]);
    });

    it('takes the first one’s place (restart), from the first step', async () => {
      const first = await started();
      await tell(first.id, 'promote');
      const second = await submit(other);
      expect([second.status, second.body.step, second.body.weights.desired]).toEqual([
        201,
        0,
        { v1: 8_000, v2: 2_000 },
      ]);
      expect(await get(first.id)).toMatchObject({
        state: 'superseded',
        reason: `superseded by ${second.body.id}`,
        moves: [],
      });
      expect((await published(second.body.weights.policyRevision)).slices.map(({ rollout }) => rollout)).toEqual([
        second.body.id,
      ]);
    });

    it('waits for the first one (queue) and starts when that ends', async () => {
      const first = await started();
      const second = await submit({ ...other, candidates: ['v3'], onSpecChange: 'queue' });
      expect([second.status, second.body.state, second.body.outcome, second.body.moves]).toEqual([
        201,
        'queued',
        'queued',
        ['abort'],
      ]);
      await tell(first.id, 'promote-full');
      const running = await get(second.body.id);
      expect(running).toMatchObject({
        state: 'running',
        baseline: 'v2',
        weights: { desired: { v2: 8_000, v3: 2_000 } },
      });
    });

    it('that waited for a version which is stable by now has nothing to do', async () => {
      const first = await started();
      const second = await submit({ ...other, onSpecChange: 'queue' });
      await tell(first.id, 'promote-full');
      expect(await get(second.body.id)).toMatchObject({
        state: 'superseded',
        reason: "v2 is the model's stable already",
      });
    });

    it('is refused (reject)', async () => {
      await started();
      expect(refusal(await submit({ ...other, onSpecChange: 'reject' })).slice(0, 2)).toEqual([409, 'rollout-live']);
    });

    it('of another name shares no unit with the first', async () => {
      const first = await started({ slice: { from: '0%', to: '50%' } });
      const taken = await submit({ name: 'other', candidates: ['v3'], slice: { from: '40%', to: '60%' } });
      expect(refusal(taken)).toEqual([409, 'slice-taken', [`${model} (${first.id}) holds 0% to 50%`]]);
      const free = await submit({ name: 'other', candidates: ['v3'], slice: { from: '50%', to: '100%' } });
      expect(free.status).toBe(201);
      const policy = await published(free.body.weights.policyRevision);
      expect(policy.slices.map(({ from, to, arms }) => [from, to, arms])).toEqual([
        [0, 5_000, { v1: 9_500, v2: 500 }],
        [5_000, 10_000, { v1: 9_500, v3: 500 }],
      ]);
      expect(new Set(policy.slices.map(({ salt }) => salt)).size).toBe(2);
    });
  });

  describe('an Idempotency-Key', () => {
    it('gives the same answer again and does nothing twice', async () => {
      const { id } = await started();
      const key = { 'idempotency-key': `k-${id}` };
      const [one, two] = [await tell(id, 'promote', {}, key), await tell(id, 'promote', {}, key)];
      expect([one.status, two.status]).toEqual([202, 202]);
      expect(two.body).toEqual(one.body);
      expect((await get(id)).step).toBe(1);
    });

    it('holds for submissions, and in parallel', async () => {
      const key = { 'idempotency-key': `s-${model}` };
      const answers = await Promise.all([1, 2, 3, 4].map(() => submit({}, key)));
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
      expect(answers[0]?.status).toBe(201);
    });

    it('with another body is a 422', async () => {
      const { id } = await started();
      const key = { 'idempotency-key': `o-${id}` };
      await tell(id, 'promote', {}, key);
      expect(refusal(await tell(id, 'promote', { reason: 'another' }, key)).slice(0, 2)).toEqual([
        422,
        'idempotency-key-reused',
      ]);
      expect(refusal(await tell(id, 'pause', {}, key)).slice(0, 2)).toEqual([422, 'idempotency-key-reused']);
    });

    it('of a refused request can be used again', async () => {
      const { id } = await started();
      const key = { 'idempotency-key': `r-${id}` };
      expect((await tell(id, 'resume', {}, key)).status).toBe(409);
      await tell(id, 'pause');
      expect((await tell(id, 'resume', {}, key)).status).toBe(202);
    });
  });

  describe('a model', () => {
    const put = (changes: object) => controllers.call('PUT', `/api/v1/models/${model}`, { versions, ...changes });

    it('keeps its stable, and says that another was ignored', async () => {
      const answer = await put({ stable: 'v2' });
      expect([answer.status, answer.body['stable'], answer.body['ignored']]).toEqual([200, 'v1', ['stable']]);
      expect((await put({ stable: 'v1' })).body['ignored']).toEqual([]);
    });

    it('cannot lose what serves', async () => {
      await started();
      const { v2: _, ...without } = versions;
      expect(refusal(await put({ versions: without })).slice(0, 2)).toEqual([409, 'version-in-use']);
      expect(refusal(await put({ versions: { ...versions, v1: { instances: [] } } })).slice(0, 2)).toEqual([
        409,
        'version-in-use',
      ]);
      expect((await put({ versions: { ...versions, v3: { instances: [] } } })).status).toBe(200);
    });

    it('cannot lose a metric that is guarded', async () => {
      const metrics = { correct: { type: 'truth', output: 'label', within: '30s' } };
      await put({ metrics });
      await started({ stages: [{ canary: { guardrails: [{ metric: 'correct', margin: 0.02 }] } }] });
      expect(refusal(await put({})).slice(0, 2)).toEqual([409, 'metric-in-use']);
    });

    it('cannot lose a ratio that is guarded, nor make it another kind of metric', async () => {
      const views = { type: 'numeric', within: '30s' };
      const ratio = { type: 'ratio', numerator: 'revenue', denominator: 'views' };
      const parts = { revenue: views, views };
      await put({ metrics: { ...parts, spent: ratio } });
      await started({ stages: [{ canary: { guardrails: [{ metric: 'spent', margin: 0.02 }] } }] });
      for (const metrics of [parts, { ...parts, spent: views }])
        expect(refusal(await put({ metrics })).slice(0, 2)).toEqual([409, 'metric-in-use']);
      expect((await put({ metrics: { ...parts, spent: ratio, more: views } })).status).toBe(200);
    });

    it('cannot be deleted while a rollout is live; afterwards it is retired, and comes back with a greater revision', async () => {
      const { id } = await started();
      expect(refusal(await controllers.call('DELETE', `/api/v1/models/${model}`)).slice(0, 2)).toEqual([
        409,
        'rollout-live',
      ]);
      await tell(id, 'promote-full');
      expect((await controllers.call('DELETE', `/api/v1/models/${model}`)).status).toBe(204);
      expect(await published(4)).toMatchObject({ state: 'retired' });
      for (const path of ['', '/policy'])
        expect((await controllers.call('GET', `/api/v1/models/${model}${path}`)).status).toBe(404);
      expect((await put({ stable: 'v3' })).status).toBe(201);
      expect(await published(5)).toMatchObject({ state: 'active', stable: 'v3' });
    });

    it('goes back to what was stable before, and a second time further back', async () => {
      const rollback = (headers?: Record<string, string>) =>
        controllers.call('POST', `/api/v1/models/${model}/rollback`, { reason: 'worse' }, headers ? { headers } : {});
      expect(refusal(await rollback()).slice(0, 2)).toEqual([409, 'no-previous-stable']);
      for (const candidate of ['v2', 'v3']) await tell((await started({ candidates: [candidate] })).id, 'promote-full');
      const live = await started({ candidates: ['v1'] });
      expect(refusal(await rollback()).slice(0, 2)).toEqual([409, 'rollout-live']);
      await tell(live.id, 'abort');
      const key = { 'idempotency-key': `b-${model}` };
      expect((await rollback(key)).body).toMatchObject({ stable: 'v2', previousStable: 'v1' });
      expect((await rollback(key)).body).toMatchObject({ stable: 'v2' });
      expect((await rollback()).body).toMatchObject({ stable: 'v1', previousStable: null });
    });

    it('keeps a segment’s winner as a lasting target and its own stable', async () => {
      await controllers.call('PUT', `/api/v1/models/${model}/lists/beta`, { units: ['u1', 'u2', 'u1'] });
      const when = { unit: { list: 'beta' } };
      const { id } = await started({ stages: [{ canary: { steps: ['50%'], when } }] });
      await tell(id, 'promote');
      const { body } = await controllers.call('GET', `/api/v1/models/${model}`);
      expect(body).toMatchObject({ stable: 'v1', targets: [{ when, version: 'v2' }], lists: { beta: 2 } });
      const policy = (await controllers.call('GET', `/api/v1/models/${model}/policy`)).body;
      expect(policy).toMatchObject({ targets: [{ when, version: 'v2' }], lists: { beta: ['u1', 'u2'] } });
    });
  });

  it('carries a list of 100,000 units to the routers, and refuses one more', async () => {
    const units = Array.from(
      { length: 100_000 },
      (_, index) => `mailbox-${index}-0193f3a0-0000-7000-8000-000000000001`,
    );
    const put = (some: string[]) => controllers.call('PUT', `/api/v1/models/${model}/lists/beta`, { units: some });
    expect((await put([...units, 'one-more'])).status).toBe(400);
    expect((await put(units)).body).toEqual({ model, list: 'beta', units: 100_000 });
    const { weights } = await started({ stages: [{ canary: { when: { unit: { list: 'beta' } } } }] });
    const policy = await eventually(() => policies().find(({ revision }) => revision === weights.policyRevision), {
      timeoutMs: 30_000,
    });
    expect(policy.lists['beta']).toHaveLength(100_000);
  });

  describe('evidence', () => {
    const row = (id: string, epoch: number, changes: Partial<Evidence>): Evidence =>
      buildEvidence({ rollout: id, model, epoch, n: 10, ...changes });

    it('is kept once a window, the greatest sequence of it, whatever comes again or late; and gives the observed weights', async () => {
      const { id, weights } = await started();
      const { epoch } = await published(weights.policyRevision);
      await controllers.send(evidence, row(id, epoch, { sequence: 2, n: 90 }));
      await controllers.send(evidence, row(id, epoch, { sequence: 1, n: 40 }));
      await controllers.send(evidence, row(id, epoch, { sequence: 2, n: 90 }));
      await controllers.send(evidence, row(id, epoch - 1, { n: 1_000 }));
      await controllers.send(evidence, row(id, epoch, { source: 'comparator', sequence: 9, n: 7 }));
      await controllers.send(evidence, row(id, epoch, { arm: 'v2', n: 10 }));
      await controllers.send(
        evidence,
        row(id, epoch, {
          arm: 'v2',
          n: 5,
          window: { index: 2, from: '2026-11-23T12:00:01.000Z', to: '2026-11-23T12:00:02.000Z' },
        }),
      );
      await eventually(
        async () =>
          (await get(id)).weights.observed !== null &&
          (await get(id)).weights.observedCounts &&
          Object.keys((await get(id)).weights.observedCounts as object).length === 2,
      );
      await eventually(async () => JSON.stringify((await get(id)).weights.observedCounts) === '{"v1":90,"v2":15}');
      expect((await get(id)).weights.observed).toEqual({ v1: 8_571, v2: 1_429 });
      const { body } = await controllers.call<{ evidence: Evidence[] }>('GET', `/api/v1/rollouts/${id}/evidence`);
      expect(body.evidence).toHaveLength(4);
    });
  });

  describe('the audit trail', () => {
    it.each(["update audit set reason = 'x'", 'delete from audit', 'truncate audit'])('refuses: %s', async (sql) => {
      await expect(controllers.rows(sql)).rejects.toThrow('append-only');
    });
  });

  it('can be planned without being done', async () => {
    const manifest = {
      model,
      candidates: ['v2'],
      stages: [
        {
          canary: {
            steps: ['5%', { weight: '10%', hold: 'manual' }],
            guardrails: [
              { metric: 'error-rate', margin: 1.2 },
              { metric: 'latency-p95', margin: 1.3 },
            ],
          },
        },
      ],
    };
    const { status, body } = await controllers.call('POST', '/api/v1/rollouts/plan', manifest);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      problems: [],
      alphaPerGuardrail: 0.005,
      stages: [
        {
          kind: 'canary',
          steps: [
            { weights: { v1: 9_500, v2: 500 }, leastMs: 300_000 },
            { weights: { v1: 9_000, v2: 1_000 }, leastMs: null },
          ],
        },
      ],
    });
    const wrong = await controllers.call('POST', '/api/v1/rollouts/plan', { ...manifest, candidates: ['v9'] });
    expect(wrong.body['problems']).toEqual([{ path: 'candidates[0]', message: `v9 is not a version of ${model}` }]);
    const listed = await controllers.call<{ rollouts: unknown[] }>('GET', `/api/v1/rollouts?model=${model}`);
    expect(listed.body.rollouts).toEqual([]);
  });

  it('is listed by model and state', async () => {
    const { id } = await started();
    const ids = async (query: string) =>
      (await controllers.call<{ rollouts: { id: string }[] }>('GET', `/api/v1/rollouts?${query}`)).body.rollouts.map(
        (each) => each.id,
      );
    expect(await ids(`model=${model}&state=running`)).toEqual([id]);
    expect(await ids(`model=${model}&state=paused`)).toEqual([]);
    expect((await controllers.call('GET', '/api/v1/rollouts?colour=red')).status).toBe(400);
  });

  it('can be followed as server-sent events, and resumed without a gap', async () => {
    const read = async (headers: Record<string, string>, enough: (text: string) => boolean) => {
      const stop = new AbortController();
      const response = await fetch(`${controllers.url()}/api/v1/events`, {
        headers: { authorization: `Bearer ${controllers.adminKey}`, ...headers },
        signal: stop.signal,
      });
      let text = '';
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (enough(text)) break;
      }
      stop.abort();
      return text;
    };
    const following = read({}, (text) => text.includes('"action":"pause"'));
    const { id } = await started();
    await eventually(async () => {
      await tell(id, 'pause');
      const heard = await Promise.race([
        following,
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 700)),
      ]);
      if (!heard) await tell(id, 'resume');
      return heard;
    });
    const heard = await following;
    const [first] = /id: (\d+)/.exec(heard)?.slice(1) ?? [];
    const resumed = await read({ 'last-event-id': String(Number(first)) }, (text) => text.includes('"action":"pause"'));
    const idsOf = (text: string) => [...text.matchAll(/id: (\d+)/g)].map(([, each]) => Number(each));
    expect(idsOf(resumed)).toEqual([...idsOf(resumed)].sort((a, b) => a - b));
    expect(Math.min(...idsOf(resumed))).toBeGreaterThan(Number(first));
  });

  it('forwards what it does not own, and says who could not be asked', async () => {
    expect((await controllers.call('GET', '/api/v1/lag')).body['groups']).toMatchObject([
      { group: 'rollout-controller' },
    ]);
    const nobody = 'http://127.0.0.1:1';
    const nowhere = { WEIR_COLLECTOR_URL: nobody, WEIR_COMPARATOR_URL: nobody, WEIR_ALLOCATOR_URL: nobody };
    const away = await RealControllers.start(process.env, { extra: nowhere });
    try {
      expect(refusal(await away.call('GET', '/api/v1/predictions/p1')).slice(0, 2)).toEqual([502, 'collector-away']);
      for (const path of ['exemplars?rollout=r', 'comparisons/r'])
        expect(refusal(await away.call('GET', `/api/v1/${path}`)).slice(0, 2)).toEqual([502, 'comparator-away']);
      expect(refusal(await away.call('GET', '/api/v1/bandits/r')).slice(0, 2)).toEqual([502, 'allocator-away']);
      expect((await away.call('GET', '/api/v1/exemplars')).status).toBe(400);
    } finally {
      await away.stop();
    }
  });
});
