// A rolling update of six instances by their servers' model repository, under traffic, on a real Kafka and Postgres.
import { type PolicyPublished } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';
import { LittleRouter, RepositoryServer } from './rolling.fixture';

const model = 'fleet';

describe('a rolling update of six instances under traffic', () => {
  let controllers: RealControllers;
  let servers: RepositoryServer[];
  let router: LittleRouter;
  let following: NodeJS.Timeout;

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    servers = await Promise.all(Array.from({ length: 6 }, () => RepositoryServer.start('m1')));
    router = new LittleRouter();
    const versions = { v1: { instances: servers.map(({ url }) => url), modelName: 'm1' }, v2: { modelName: 'm2' } };
    const put = await controllers.call('PUT', `/api/v1/models/${model}`, { stable: 'v1', timeout: '5s', versions });
    expect(put.status).toBe(201);
    let said = 0;
    const follow = () => {
      const policy = controllers.published.filter((each) => each.model === model).at(-1);
      if (policy) router.follow(policy);
      if (router.revision === said) return;
      said = router.revision;
      void controllers.applied('r1', model, said);
    };
    following = setInterval(follow, 50);
    await eventually(() => router.revision > 0);
  });
  afterAll(async () => {
    clearInterval(following);
    await router.end();
    await Promise.all(servers.map((server) => server.stop()));
    await controllers.stop();
  });

  const submit = async () => {
    const rolling = { minReady: '300ms', drain: '500ms', deadline: '2m', updater: { repository: {} } };
    const body = { model, candidates: ['v2'], stages: [{ rolling }] };
    const answer = await controllers.call<{ id: string }>('POST', '/api/v1/rollouts', body);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return answer.body.id;
  };

  const view = (id: string) =>
    controllers
      .call<{ state: string; reason: string }>('GET', `/api/v1/rollouts/${id}`)
      .then((answer) => answer.body);

  it('fails no prediction, keeps five in service, and leaves all of them to the candidate', async () => {
    const id = await submit();
    router.begin(100);
    await eventually(async () => (await view(id)).state !== 'running', { timeoutMs: 120_000 });
    expect(await view(id)).toMatchObject({ state: 'completed', reason: 'all 6 instances serve v2' });
    const last = await eventually(() =>
      controllers.published.find((policy) => policy.stable === 'v2' && policy.slices.length === 0),
    );
    expect(last.versions['v2']?.instances.map(({ state }) => state)).toEqual(Array(6).fill('in-service'));
    await eventually(() => router.revision >= last.revision);
    const { answered, failed } = await router.end();
    expect(failed).toEqual([]);
    expect(Object.keys(answered).sort()).toEqual(['v1', 'v2']);
    const least = Math.min(...controllers.published.filter((policy) => policy.model === model).map(inService));
    expect(least).toBeGreaterThanOrEqual(5);
    expect(servers.map(({ loaded }) => [...loaded])).toEqual(Array(6).fill(['m2']));
  }, 150_000);
});

function inService({ versions }: PolicyPublished): number {
  return Object.values(versions).flatMap(({ instances }) => instances.filter(({ state }) => state === 'in-service'))
    .length;
}
