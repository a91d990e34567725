// A blue-green on a real Postgres whose controller is killed at each transition: it ends as one that never was.
import { type Rollout } from '../domain/rollout';
import { MortalController } from './crashes.fixture';

type Moment = 'never' | 'a statement' | 'the last statement' | 'the commit';

describe('a controller killed at each transition of a blue-green', () => {
  let controller: MortalController;
  beforeAll(async () => {
    controller = await MortalController.start(process.env);
  });
  afterAll(() => controller.stop());

  /** What happened, in order, each once. */
  async function lifeOf(moment: Moment, model: string): Promise<string[]> {
    const { id } = await controller.submitBlueGreen(model);
    for (let round = 0; round < 60 && !isOver(await controller.rollout(id)); round += 1) {
      controller.clock.advance(2_000);
      const { policyRevision } = await controller.rollout(id);
      await controller.hear('r1', model, policyRevision);
      for (const work of [() => goOn(id), () => controller.applied(id)]) {
        if (moment !== 'never') await controller.end(moment, round % 12, work);
        await work(); // another process goes on
      }
    }
    return await controller.trail(id);
  }

  /** A look; and the person's word where it is waited for. */
  async function goOn(rollout: string): Promise<void> {
    await controller.look(rollout);
    const { state } = await controller.rollout(rollout);
    if (state.phase === 'running' && state.at.step === 1 && !state.at.green?.approved)
      await controller.command({ rollout, action: 'approve', reason: 'looked at' });
  }

  const isOver = ({ state }: Rollout) => state.phase === 'completed' && state.keptUntil === undefined;

  it('ends where it would have ended, each transition written down once', async () => {
    const whole = await lifeOf('never', 'whole');
    expect(whole.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['submit running', 'advance running', 'approve running', 'advance running'],
      ...['complete completed', 'release completed'],
    ]);
    for (const moment of ['a statement', 'the last statement', 'the commit'] as const)
      expect(await lifeOf(moment, `killed-${moment.replaceAll(' ', '-')}`)).toEqual(whole);
  });
});
