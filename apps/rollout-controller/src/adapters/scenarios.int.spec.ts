// Scenarios of peers' canaries (docs/scenarios.md), each by its name, where submissions and models take part.
import { eventually } from '@weir/testing';
import { CanaryDriver, type CanaryView } from './canary.fixture';

const byHand = (...weights: string[]) => ({ steps: weights.map((weight) => ({ weight, hold: 'manual' })) });

describe('a specification that changes while it runs', () => {
  let driver: CanaryDriver;
  beforeAll(async () => {
    driver = await CanaryDriver.start(process.env);
  });
  afterAll(() => driver.stop());
  beforeEach(() => driver.newModel());

  const policy = () => driver.controllers.published.filter(({ model }) => model === driver.model).at(-1);
  const slices = () => policy()?.slices.map(({ rollout, arms }) => [rollout, arms]);
  const submitted = async (changes: object, canary = byHand('20%', '50%')): Promise<[number, CanaryView]> => {
    const body = { model: driver.model, candidates: ['v2'], stages: [{ canary }], ...changes };
    const answer = await driver.controllers.call<CanaryView>('POST', '/api/v1/rollouts', body);
    return [answer.status, answer.body];
  };

  it('S22 with other instances at the same time ends with the last of both', async () => {
    const name = driver.model;
    await driver.submit(byHand('10%'));
    const at = (...ports: number[]) => ({ instances: ports.map((port) => `http://127.0.0.1:${port}`) });
    const versions = { v1: at(9_101), v2: at(9_102), v3: at(9_103, 9_203, 9_303) };
    const put = await driver.controllers.call('PUT', `/api/v1/models/${name}`, { stable: 'v1', versions });
    const { id } = await driver.submit({ steps: ['10%'], every: '100ms', minUnits: 0 }, { candidates: ['v3'] });
    await driver.ended(id, 'completed');
    expect([put.status, await driver.stable()]).toEqual([200, 'v3']);
    await eventually(() => policy()?.stable === 'v3');
    expect(policy()?.versions['v3']?.instances).toHaveLength(3);
  });

  it('S30 with other steps begins at the first of them', async () => {
    const first = await driver.submit(byHand('10%', '20%', '50%'));
    await driver.tell(first.id, 'promote');
    const second = await driver.submit(byHand('15%', '30%'));
    expect([second.step, second.weights.desired]).toEqual([0, { v1: 8_500, v2: 1_500 }]);
    expect((await driver.view(first.id)).state).toBe('superseded');
  });

  it('S32 the version in the middle is dropped, and stable stays what it was', async () => {
    const first = await driver.submit(byHand('20%', '50%'));
    await driver.tell(first.id, 'pause');
    const third = await driver.submit(byHand('20%', '50%'), { candidates: ['v3'] });
    await eventually(() => JSON.stringify(slices()) === JSON.stringify([[third.id, { v1: 8_000, v3: 2_000 }]]));
    expect([third.state, third.pauses, policy()?.stable]).toEqual(['running', [], 'v1']);
  });

  it('S35 stable is no candidate: back to it leads abort, at once from any step', async () => {
    const { id } = await driver.submit(byHand('10%', '20%', '50%'));
    await driver.tell(id, 'promote');
    const [status] = await submitted({ candidates: ['v1'] });
    expect(status).toBe(400);
    const aborted = await driver.tell(id, 'abort');
    expect(aborted.weights.desired).toEqual({ v1: 10_000 });
    await eventually(() => policy()?.slices.length === 0);
  });

  it('S36 nor is it with other steps', async () => {
    await driver.submit(byHand('10%', '20%'));
    const [status] = await submitted({ candidates: ['v1'] }, byHand('40%'));
    expect(status).toBe(400);
  });

  it('S37 back to what was stable before is at once, without a rollout', async () => {
    const { id } = await driver.submit(byHand('10%'));
    await driver.tell(id, 'promote-full');
    expect(await driver.stable()).toBe('v2');
    const back = await driver.controllers.call('POST', `/api/v1/models/${driver.model}/rollback`, { reason: 'worse' });
    expect([back.status, back.body['stable']]).toEqual([200, 'v1']);
  });

  it('S38 to any other version leads a rollout, with an evidence of its own', async () => {
    const { id } = await driver.submit(byHand('10%'));
    await driver.tell(id, 'promote-full');
    const back = await driver.submit(
      { ...byHand('10%'), guardrails: [{ metric: 'error-rate', margin: 1.2 }] },
      { candidates: ['v3'] },
    );
    expect(back.verdicts.map(({ verdict }) => verdict)).toEqual(['inconclusive']);
  });

  it('S41 a new candidate begins with no count and no breach of the one before', async () => {
    const guarded = { ...byHand('10%', '20%'), guardrails: [{ metric: 'error-rate', margin: 2 }] };
    const first = await driver.submit(guarded);
    await driver.evidence(first.id, { v1: { units: 900, errors: 9 }, v2: { units: 100, errors: 1 } });
    await eventually(async () => (await driver.view(first.id)).verdicts[0]?.candidateCounts.units === 100);
    const second = await driver.submit(guarded, { candidates: ['v3'] });
    expect(second.verdicts[0]?.candidateCounts.units).toBe(0);
    await driver.evidence(first.id, { v1: { units: 900 }, v2: { units: 100, errors: 100 } });
    expect((await driver.view(second.id)).state).toBe('running');
  });

  it('S44 a broken stable is not in the way of a candidate that works', async () => {
    const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
    const { id } = await driver.submit({ steps: ['50%'], every: '100ms', advance: 'evidence', guardrails });
    await driver.evidence(id, { v1: { units: 1_000, errors: 1_000 }, v2: { units: 1_000, errors: 0 } });
    await driver.ended(id, 'completed');
    expect(await driver.stable()).toBe('v2');
  });

  it('W10 the same specification again changes nothing, and says so', async () => {
    const [, first] = await submitted({});
    const [status, again] = await submitted({});
    expect([status, again.id]).toEqual([200, first.id]);
    expect(again).toMatchObject({ outcome: 'unchanged' });
  });

  it('W12 another one waits, begins at the first step, or is refused, as its onSpecChange says', async () => {
    const [, first] = await submitted({});
    expect((await submitted({ onSpecChange: 'queue' }, byHand('30%')))[1].state).toBe('queued');
    const [status, restarted] = await submitted({ onSpecChange: 'restart' }, byHand('40%'));
    expect([status, restarted.step, (await driver.view(first.id)).state]).toEqual([201, 0, 'superseded']);
    expect((await submitted({ onSpecChange: 'reject' }, byHand('45%')))[0]).toBe(409);
  });
});
