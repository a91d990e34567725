// Two controllers side by side: whatever they do at once, each move is made once, on what its sender saw.
import { eventually } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';

const versions = Object.fromEntries(
  ['v1', 'v2', 'v3'].map((version, index) => [version, { instances: [`http://127.0.0.1:${9_101 + index}`] }]),
);
const steps = Array.from({ length: 40 }, (_, index) => `${index + 1}%`);

describe('two controllers', () => {
  let controllers: RealControllers;

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env, { controllers: 2 });
    await controllers.call('PUT', '/api/v1/models/raced', { stable: 'v1', versions });
  });
  afterAll(() => controllers.stop());

  const submit = (at: number, name: string, candidate = 'v2', slice = { from: '0%', to: '100%' }) =>
    controllers.call<{ id: string; revision: number }>(
      'POST',
      '/api/v1/rollouts',
      { model: 'raced', name, candidates: [candidate], slice, stages: [{ canary: { steps } }] },
      { at },
    );
  const promote = (at: number, id: string, body: object) =>
    controllers.call('POST', `/api/v1/rollouts/${id}/promote`, { reason: 'raced', ...body }, { at });

  it('W2 of a promote and an abort that come together one wins, and the other is told and written down', async () => {
    const { body } = await submit(0, 'revisions');
    const tell = (at: number, action: string) =>
      controllers.call(
        'POST',
        `/api/v1/rollouts/${body.id}/${action}`,
        { reason: 'raced', expectedRevision: 1 },
        { at },
      );
    const answers = await Promise.all([tell(0, 'promote'), tell(1, 'abort')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    const lost = answers[0].status === 409 ? 'promote' : 'abort';
    const lines = await controllers.rows<{ action: string; reason: string; revision: number | null }>(
      'select action, reason, revision from audit where rollout = $1 order by sequence',
      [body.id],
    );
    const refused = lines.filter(({ action }) => action === 'refused');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatch(new RegExp(`^${lost} \\(raced\\): expected revision 1`));
    expect(refused[0]?.revision).toBeNull();
    expect(lines.filter(({ revision }) => revision === 2)).toHaveLength(1);
    if (lost === 'abort') await controllers.call('POST', `/api/v1/rollouts/${body.id}/abort`, { reason: 'done' });
  });

  it('one of many commands with one expected revision wins', async () => {
    const { body } = await submit(0, 'revisions');
    for (let revision = 1; revision <= 10; revision += 1) {
      const answers = await Promise.all([0, 1, 0, 1].map((at) => promote(at, body.id, { expectedRevision: revision })));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    }
    const { body: view } = await controllers.call('GET', `/api/v1/rollouts/${body.id}`);
    expect([view['step'], view['revision']]).toEqual([10, 11]);
  });

  it('commands without an expected revision are each made once, and policy revisions ascend without gaps', async () => {
    const { body } = await submit(1, 'revisions', 'v3');
    await Promise.all(Array.from({ length: 20 }, (_, index) => promote(index % 2, body.id, {})));
    const { body: view } = await controllers.call('GET', `/api/v1/rollouts/${body.id}`);
    expect([view['step'], view['revision']]).toEqual([20, 21]);
    const revisions = (
      await controllers.rows<{ revision: number }>(
        "select revision from policy where model = 'raced' order by revision",
      )
    ).map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, index) => index + 1));
    const latest = revisions.length;
    await eventually(() => controllers.published.some(({ revision }) => revision === latest));
    const heard = controllers.published.filter(({ model }) => model === 'raced').map(({ revision }) => revision);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
  });

  it('one idempotency key used on both at once is one move', async () => {
    const { body } = await submit(0, 'revisions', 'v2');
    const headers = { 'idempotency-key': 'both-at-once' };
    const answers = await Promise.all(
      [0, 1, 0, 1].map((at) =>
        controllers.call('POST', `/api/v1/rollouts/${body.id}/promote`, { reason: 'raced' }, { at, headers }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect((await controllers.call('GET', `/api/v1/rollouts/${body.id}`)).body['step']).toBe(1);
    await controllers.call('POST', `/api/v1/rollouts/${body.id}/abort`, { reason: 'done' });
  });

  it('one of two rollouts that want the same slice gets it', async () => {
    const slice = { from: '10%', to: '20%' };
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name, index) => submit(index % 2, name, 'v2', slice)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('one of many creations of a model creates it', async () => {
    const answers = await Promise.all(
      [0, 1, 0, 1].map((at) => controllers.call('PUT', '/api/v1/models/created', { stable: 'v1', versions }, { at })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });

  it('steps that end by themselves are each made once, whoever sees their time come', async () => {
    const short = steps.slice(0, 15);
    const { body } = await controllers.call<{ id: string }>('POST', '/api/v1/rollouts', {
      ...{ model: 'raced', name: 'timed', candidates: ['v2'], slice: { from: '20%', to: '30%' } },
      stages: [{ canary: { steps: short, every: '10ms', minUnits: 0 } }],
    });
    const done = await eventually(
      async () => {
        const { body: view } = await controllers.call('GET', `/api/v1/rollouts/${body.id}`);
        return view['state'] === 'completed' && view;
      },
      { timeoutMs: 30_000 },
    );
    expect(done['revision']).toBe(short.length + 1);
    const moves = await controllers.rows<{ action: string; step: number }>(
      `select action, (to_position ->> 'step')::int as step from audit where rollout = $1 order by sequence`,
      [body.id],
    );
    expect(moves.map(({ action, step }) => [action, step])).toEqual([
      ['submit', 0],
      ...short.slice(1).map((_, index) => ['advance', index + 1]),
      ['complete', short.length - 1],
    ]);
  });

  it('the numbers of the audit trail follow the moves, so that who resumes after a number misses nothing', async () => {
    const rows = await controllers.rows<{ rollout: string; revision: number }>(
      'select rollout, revision from audit where rollout is not null and revision is not null order by sequence',
    );
    const last = new Map<string, number>();
    for (const { rollout, revision } of rows) {
      expect(revision).toBe((last.get(rollout) ?? 0) + 1);
      last.set(rollout, revision);
    }
  });
});
