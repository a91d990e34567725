// A blue-green on a real Kafka and Postgres, under traffic: made ready, approved, switched, kept, released; and switched back.
import { eventually } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';
import { LittleRouter, RepositoryServer } from './rolling.fixture';

const model = 'fleet';
const patience = { timeoutMs: 60_000 };

interface View {
  readonly id: string;
  readonly state: string;
  readonly step: number;
  readonly reason: string;
  readonly waitingFor: string[];
  readonly moves: string[];
  readonly kept: { version: string; waitingFor: string[] } | null;
  readonly weights: { desired: Record<string, number>; appliedRevision: number | null; policyRevision: number };
}

describe('blue-green', () => {
  let controllers: RealControllers;
  let blue: RepositoryServer;
  let greens: RepositoryServer[];
  let router: LittleRouter;
  let following: NodeJS.Timeout;

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    blue = await RepositoryServer.start('m1');
    greens = await Promise.all([RepositoryServer.start('m2'), RepositoryServer.start('m2')]);
    router = new LittleRouter();
    const put = await controllers.call('PUT', `/api/v1/models/${model}`, {
      stable: 'v1',
      timeout: '5s',
      versions: both(),
    });
    expect(put.status).toBe(201);
    let said = 0;
    following = setInterval(() => {
      const policy = controllers.published.filter((each) => each.model === model).at(-1);
      if (policy) router.follow(policy);
      if (router.revision === said) return;
      said = router.revision;
      void controllers.applied('r1', model, said);
    }, 50);
    await eventually(() => router.revision > 0);
    router.begin(50);
  });
  afterAll(async () => {
    clearInterval(following);
    await router.end();
    await Promise.all([blue, ...greens].map((server) => server.stop()));
    await controllers.stop();
  });

  const both = () => ({
    v1: { instances: [blue.url], modelName: 'm1' },
    v2: { instances: greens.map(({ url }) => url), modelName: 'm2' },
  });
  const view = async (id: string) => (await controllers.call<View>('GET', `/api/v1/rollouts/${id}`)).body;
  const submit = async (blueGreen: object) => {
    const body = { model, candidates: ['v2'], stages: [{ blueGreen }] };
    const answer = await controllers.call<View>('POST', '/api/v1/rollouts', body);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return answer.body.id;
  };
  const tell = (id: string, action: string) =>
    controllers.call('POST', `/api/v1/rollouts/${id}/${action}`, { reason: 'tested' });
  const step = (id: string, wanted: number) => eventually(async () => (await view(id)).step === wanted, patience);
  const put = () => controllers.call('PUT', `/api/v1/models/${model}`, { versions: { v2: both().v2 } });

  it('goes back at once by abort in the bake, and by a green that is not ready it never begins', async () => {
    greens[1]?.neverReady.add('m2');
    const id = await submit({ preview: '1s', bake: '10m' });
    const held = await eventually(async () => {
      const seen = await view(id);
      return seen.waitingFor.some((each) => each.includes('is not ready')) && seen;
    }, patience);
    expect([held.step, held.weights.desired]).toEqual([0, { v1: 10_000, v2: 0 }]);
    expect((await tell(id, 'promote')).status).toBe(409);
    greens[1]?.neverReady.delete('m2');
    await step(id, 2);
    await eventually(() => (router.traffic.answered['v2'] ?? 0) > 10, patience);
    expect((await tell(id, 'abort')).status).toBe(202);
    await eventually(async () => (await view(id)).state === 'rolled-back', patience);
    const answered = router.traffic.answered['v1'] ?? 0;
    await eventually(() => (router.traffic.answered['v1'] ?? 0) > answered + 10, patience);
    expect(router.traffic.failed).toEqual([]);
  }, 120_000);

  it('S101 keeps the instances of both versions until blue is released, which a silent router holds until it is forgotten', async () => {
    await controllers.applied('r2', model, router.revision);
    const id = await submit({ preview: '1s', bake: '1s', keepBlue: '1s', approve: true });
    await eventually(async () => (await view(id)).moves.includes('approve'), patience);
    expect((await tell(id, 'approve')).status).toBe(202);
    // r2 has to be in step for the steps to go on, and falls silent after the switch
    const saying = setInterval(() => void controllers.applied('r2', model, router.revision), 100);
    await step(id, 2);
    await eventually(async () => {
      const { appliedRevision, policyRevision } = (await view(id)).weights;
      return appliedRevision !== null && appliedRevision >= policyRevision;
    }, patience);
    clearInterval(saying);
    await eventually(async () => (await view(id)).state === 'completed', patience);
    const kept = await view(id);
    expect(kept.kept).toMatchObject({ version: 'v1' });
    const refused = await put();
    expect([refused.status, refused.body.error.code]).toEqual([409, 'version-in-use']);
    await eventually(async () => (await view(id)).kept?.waitingFor.some((each) => each.includes('r2')), patience);
    expect((await controllers.call('DELETE', '/api/v1/routers/r2')).status).toBe(200);
    await eventually(async () => (await view(id)).kept === null, patience);
    const events = await controllers.call<{ events: { action: string }[] }>('GET', `/api/v1/rollouts/${id}/events`);
    expect(events.body.events.map(({ action }) => action)).toEqual([
      ...['submit', 'advance', 'approve', 'advance', 'complete', 'release'],
    ]);
    await eventually(async () => (await put()).status === 200, patience);
    expect(router.traffic.failed).toEqual([]);
  }, 120_000);
});
