// A rolling update on a real Postgres whose controller is killed at each transition: it ends as one that never was.
import { type InstanceWork } from '../domain/instance-work';
import { type Rollout } from '../domain/rollout';
import { MortalController } from './crashes.fixture';

type Moment = 'never' | 'a statement' | 'the last statement' | 'the commit';

describe('a controller killed at each transition of a rolling update', () => {
  let controller: MortalController;
  beforeAll(async () => {
    controller = await MortalController.start(process.env);
  });
  afterAll(() => controller.stop());

  /** What happened, in order, each once. */
  async function lifeOf(moment: Moment, model: string, neverReady: string): Promise<string[]> {
    const rollout = await controller.submitRolling(model);
    const loaded = new Map<string, string>();
    const hands = {
      updater: {
        update: ({ url, to }: InstanceWork) => {
          loaded.set(url, to.version);
          return Promise.resolve({ kind: 'done' as const });
        },
        release: () => Promise.resolve(),
      },
      instances: {
        ready: (url: string, { version }: { version: string }) =>
          Promise.resolve({
            good: (loaded.get(url) ?? 'v1') === version && `${url} ${version}` !== neverReady,
            detail: '',
          }),
        warm: () => Promise.resolve({ good: true, detail: '' }),
      },
      requests: { latest: () => Promise.resolve([]) },
    };
    for (let round = 0; round < 200 && !(await isOver(rollout)); round += 1) {
      controller.clock.advance(3_000);
      const { policyRevision } = await controller.rollout(rollout.id);
      await controller.hear('r1', model, policyRevision);
      if (moment !== 'never') await controller.end(moment, round % 12, () => controller.roll(rollout.id, hands));
      await controller.roll(rollout.id, hands); // another process goes on
      await controller.applied(rollout.id);
    }
    return await controller.trail(rollout.id);
  }

  async function isOver({ id }: Rollout): Promise<boolean> {
    return ['completed', 'rolled-back'].includes((await controller.rollout(id)).state.phase);
  }

  it('ends where it would have ended, each transition written down once', async () => {
    const whole = await lifeOf('never', 'whole', '');
    expect(whole.at(-1)).toBe('complete completed all 3 instances serve v2');
    for (const moment of ['a statement', 'the last statement', 'the commit'] as const)
      expect(await lifeOf(moment, `killed-${moment.replaceAll(' ', '-')}`, '')).toEqual(whole);
  });

  it('goes back as it would have gone back where an instance never becomes ready', async () => {
    const third = 'http://127.0.0.1:9003 v2';
    const whole = await lifeOf('never', 'third-0', third);
    expect(whole.at(-1)).toContain('applied rolled-back http://127.0.0.1:9003 was not in service with v2');
    expect(await lifeOf('the commit', 'third-1', third)).toEqual(whole);
  });
});
