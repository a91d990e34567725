// The controller killed at every statement of every transition, before the commit and after it: one effect, and one only.
import { type Rollout } from '../domain/rollout';
import { MortalController, type Effects } from './crashes.fixture';

interface Transition {
  readonly name: string;
  /** Brings what causes it; done once. */
  readonly cause?: () => unknown;
  readonly act: () => Promise<unknown>;
  readonly leadsTo: string;
  readonly step: number;
}

const guardrails = [{ metric: 'error-rate', margin: 1.5 }];
const canary = { steps: ['10%', '30%'], every: '1m', maxStep: '10m', minUnits: 10, guardrails };

describe('a controller killed at each transition', () => {
  let controller: MortalController;
  let rollout: Rollout;
  const minutes = (count: number) => controller.clock.advance(count * 60_000);
  const command = async (action: 'resume' | 'retry' | 'promote') => {
    const { revision } = await controller.rollout(rollout.id);
    return () => controller.command({ rollout: rollout.id, action, reason: 'by hand', expectedRevision: revision });
  };

  beforeAll(async () => {
    controller = await MortalController.start(process.env);
    rollout = await controller.submit('mortal', canary);
  });
  afterAll(() => controller.stop());

  const look = () => controller.look(rollout.id);
  const units = { v1: [900, 0], v2: [100, 0] } as const;
  const errors = { v1: [900, 1], v2: [100, 60] } as const;
  let told: () => Promise<unknown>;
  const tell = (action: 'resume' | 'retry' | 'promote') => async () => (told = await command(action));
  const say = () => told();

  const life: Transition[] = [
    {
      name: 'a step passed by time and units',
      cause: () => minutes(1) && controller.evidence(rollout.id, units),
      act: look,
      leadsTo: 'running',
      step: 1,
    },
    { name: 'a pause without an answer', cause: () => minutes(10), act: look, leadsTo: 'paused', step: 1 },
    { name: 'a resume', cause: tell('resume'), act: say, leadsTo: 'running', step: 1 },
    {
      name: 'a rollback by a breach',
      cause: () => controller.evidence(rollout.id, errors),
      act: look,
      leadsTo: 'rolling-back',
      step: 1,
    },
    {
      name: 'the end of a rollback',
      act: () => controller.applied(rollout.id),
      leadsTo: 'rolled-back',
      step: 1,
    },
    { name: 'another attempt', cause: tell('retry'), act: say, leadsTo: 'running', step: 0 },
    { name: 'a step promoted by hand', cause: tell('promote'), act: say, leadsTo: 'running', step: 1 },
    {
      name: 'the candidate becoming stable',
      cause: () => minutes(1) && controller.evidence(rollout.id, units),
      act: look,
      leadsTo: 'completed',
      step: 1,
    },
  ];

  it.each(life)('S34 $name happens once, whenever it ends', async ({ cause, act, leadsTo, step }) => {
    await cause?.();
    const before = await controller.effects(rollout);
    let statement = 0;
    for (; await controller.killedAt(statement, act); statement += 1) {
      expect(await controller.effects(rollout)).toEqual(before);
      if (statement > 100) throw new Error('it never ends');
      if (statement === 0) expect(await controller.killedAfter('the last statement', act)).toBe(true);
      expect(await controller.effects(rollout)).toEqual(before);
    }
    expect(statement).toBeGreaterThan(5);
    const after = await controller.effects(rollout);
    expect(after).toEqual(onceMore(before, after));
    const { state } = await controller.rollout(rollout.id);
    expect([state.phase, 'at' in state && state.at?.step]).toEqual([leadsTo, step]);
    await look();
    expect(await controller.effects(rollout)).toEqual(after);
  });

  it('is told of its end after the commit: what was done is done, and not done again', async () => {
    rollout = await controller.submit('committed', canary);
    await controller.evidence(rollout.id, errors);
    const before = await controller.effects(rollout);
    expect(await controller.killedAfter('the commit', look)).toBe(true);
    const after = await controller.effects(rollout);
    expect(after).toEqual(onceMore(before, after));
    await look();
    expect(await controller.effects(rollout)).toEqual(after);
    expect((await controller.rollout(rollout.id)).state).toMatchObject({ phase: 'rolling-back' });
  });
});

/** One move: one revision, one line, one event and, where the weights changed, one policy with its event. */
function onceMore(before: Effects, { policies, stable }: Effects): Effects {
  expect(policies - before.policies).toBeLessThanOrEqual(1);
  return {
    revision: before.revision + 1,
    audited: before.audited + 1,
    policies,
    announced: before.announced + 1 + (policies - before.policies),
    stable,
  };
}
