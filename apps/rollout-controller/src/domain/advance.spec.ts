// The state machine: every state with every input, and what holds whatever happens.
import { rolloutAction, type RolloutAction } from '@weir/contracts';
import fc from 'fast-check';
import { advance, type Input } from './advance';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { serves, weightsOf, type Phase, type RolloutState } from './rollout';
import { chainOf, later, lookOf, noon, place, rolloutOf, specOf, stateOf } from './rollout.fixture';

const spec = specOf(['5%', '10%', '50%'], ['20%']);
const plan = planOf(spec);
const phases: Phase[] = [
  'pending',
  'queued',
  'running',
  'paused',
  'rolling-back',
  'rolled-back',
  'completed',
  'superseded',
];
const command = (action: RolloutAction): Input => ({ kind: 'command', action, reason: 'because' });

function phaseAfter(state: RolloutState, input: Input): string {
  const move = advance(state, input, plan, noon);
  return move.kind === 'moved' ? move.state.phase : move.kind;
}

describe('every state with every command', () => {
  const illegal = 'illegal';
  const table: Record<Phase, Record<RolloutAction, string>> = {
    pending: row({ abort: 'rolled-back' }),
    queued: row({ abort: 'rolled-back' }),
    running: row({ pause: 'paused', promote: 'running', 'promote-full': 'completed', abort: 'rolling-back' }),
    paused: row({ resume: 'running', promote: 'running', 'promote-full': 'completed', abort: 'rolling-back' }),
    'rolling-back': row({}),
    'rolled-back': row({ retry: 'running', 'promote-full': 'completed' }),
    completed: row({ 'promote-full': 'stayed' }),
    superseded: row({}),
  };
  const cases = phases.flatMap((phase) =>
    rolloutAction.options.map((action) => [phase, action, table[phase][action]] as const),
  );

  function row(legal: Partial<Record<RolloutAction, string>>): Record<RolloutAction, string> {
    return Object.fromEntries(rolloutAction.options.map((action) => [action, legal[action] ?? illegal])) as Record<
      RolloutAction,
      string
    >;
  }

  it.each(cases)('given %s, when told to %s, then it is %s', (phase, action, expected) => {
    expect(phaseAfter(stateOf(phase), command(action))).toBe(expected);
  });

  it.each(phases)('given %s, the legal moves are those of the table', (phase) => {
    const expected = rolloutAction.options.filter((action) => ![illegal, 'stayed'].includes(table[phase][action]));
    expect(legalMoves(stateOf(phase), plan, noon)).toEqual(expected);
  });
});

describe('every state with what nobody commands', () => {
  const expected: [Phase, Input['kind'], string][] = phases.flatMap((phase): [Phase, Input['kind'], string][] => [
    [phase, 'start', phase === 'pending' || phase === 'queued' ? 'running' : 'stayed'],
    [phase, 'applied', phase === 'rolling-back' ? 'rolled-back' : 'stayed'],
    [phase, 'supersede', ['pending', 'queued', 'running', 'paused'].includes(phase) ? 'superseded' : 'stayed'],
  ]);
  it.each(expected)('given %s, when %s, then it is %s', (phase, kind, result) => {
    const input = (kind === 'applied' ? { kind } : { kind, reason: 'because' }) as Input;
    expect(phaseAfter(stateOf(phase), input)).toBe(result);
  });
});

describe('promote', () => {
  const promoted = (stage: number, step: number, phase: 'running' | 'paused' = 'running') => {
    const move = advance(stateOf(phase, place(stage, step)), command('promote'), plan, noon);
    return move.kind === 'moved' ? move.state : undefined;
  };

  it('goes to the next step', () =>
    expect(promoted(0, 0)).toMatchObject({ phase: 'running', at: { stage: 0, step: 1 } }));
  it('goes from a stage’s last step to the next stage’s first', () =>
    expect(promoted(0, 2)).toMatchObject({ phase: 'running', at: { stage: 1, step: 0 } }));
  it('completes from the last step of the last stage, and the candidate has won', () =>
    expect(promoted(1, 0)).toMatchObject({ phase: 'completed', winner: 'v2' }));
  it('ends a pause: the pause was for the step that is left', () =>
    expect(promoted(0, 0, 'paused')).toMatchObject({ phase: 'running', at: { step: 1 } }));

  it('begins a period that no step before it counted in', () => {
    const begun = stateOf('running', { ...place(0, 0), periodBase: 4 });
    const move = advance(begun, command('promote'), plan, later(25 * 60_000));
    expect(move).toMatchObject({ state: { at: { step: 1, periodBase: 7, startedAt: later(25 * 60_000) } } });
  });
});

describe('a shadow stage', () => {
  const chain = planOf(chainOf([{ shadow: {} }, { canary: { steps: ['5%'] } }]));
  const alone = planOf(chainOf([{ shadow: {} }]));
  const tell = (action: RolloutAction, of: typeof plan, phase: Phase = 'running') =>
    advance(stateOf(phase, place(0, 0)), command(action), of, noon);

  it('is promoted to the first step of the canary after it', () =>
    expect(tell('promote', chain)).toMatchObject({ state: { phase: 'running', at: { stage: 1, step: 0 } } }));
  it('completes where it is the last, and nobody has won', () =>
    expect(tell('promote', alone)).toMatchObject({ state: { phase: 'completed', winner: null } }));
  it('promoted in full as the last stage changes nothing either', () =>
    expect(tell('promote-full', alone)).toMatchObject({ state: { phase: 'completed', winner: null } }));
  it('promoted in full before a canary makes the candidate the winner', () =>
    expect(tell('promote-full', chain)).toMatchObject({ state: { phase: 'completed', winner: 'v2' } }));
  it('can be paused, resumed and aborted', () => {
    expect(tell('pause', chain)).toMatchObject({ state: { phase: 'paused', at: { stage: 0 } } });
    expect(tell('resume', chain, 'paused')).toMatchObject({ state: { phase: 'running', at: { stage: 0 } } });
    expect(tell('abort', chain)).toMatchObject({ state: { phase: 'rolling-back' } });
  });
  it('leaves all to stable once it has completed', () =>
    expect(weightsOf(rolloutOf({ ...stateOf('completed'), winner: null } as RolloutState))).toEqual({ v1: 10_000 }));
});

describe('pause and resume', () => {
  it('keep the step, its beginning and its periods; the time between is not time that the step had', () => {
    const paused = advance(stateOf('running', place(0, 1)), command('pause'), plan, later(60_000));
    const resumed = advance((paused as { state: RolloutState }).state, command('resume'), plan, later(120_000));
    const at = { ...place(0, 1), maxStepFrom: later(60_000) };
    expect(resumed).toMatchObject({ state: { phase: 'running', at, reason: 'because' } });
  });
});

describe('retry', () => {
  it('starts at the first step as another attempt', () => {
    const move = advance(stateOf('rolled-back', place(1, 0)), command('retry'), plan, later(60_000));
    expect(move).toMatchObject({ state: { phase: 'running', attempt: 2, at: { stage: 0, step: 0, periodBase: 1 } } });
  });

  it('works for a rollout that never began', () => {
    const never: RolloutState = { phase: 'rolled-back', attempt: 1, reason: 'aborted in the queue', at: null };
    expect(advance(never, command('retry'), plan, noon)).toMatchObject({ state: { phase: 'running', attempt: 2 } });
  });
});

describe('whatever happens', () => {
  const seed = 20_261_123;
  const anyLook = fc
    .record({
      breached: fc.boolean(),
      accepted: fc.boolean(),
      mismatch: fc.boolean(),
      applied: fc.boolean(),
      units: fc.constantFrom(0, 99, 100),
    })
    .map(({ units, ...some }) => lookOf({ ...some, units: { v1: units, v2: units } }));
  const anyInput = fc.oneof(
    fc.constantFrom(...rolloutAction.options).map(command),
    fc.constantFrom<Input>({ kind: 'start', reason: 'r' }, { kind: 'applied' }, { kind: 'supersede', reason: 'r' }),
    anyLook,
  );
  const anySteps = fc
    .uniqueArray(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 })
    .map((all) => all.sort((a, b) => a - b).map((bps) => `${bps / 100}%`));
  const anyHistory = fc.record({
    stages: fc.array(anySteps, { minLength: 1, maxLength: 3 }),
    inputs: fc.array(anyInput, { maxLength: 40 }),
    first: fc.constantFrom<Phase>('pending', 'queued'),
  });

  function* live({ stages, inputs, first }: { stages: string[][]; inputs: Input[]; first: Phase }) {
    const asked = specOf(...stages);
    let state = stateOf(first);
    for (const [index, input] of inputs.entries()) {
      const move = advance(state, input, planOf(asked), later(index * 100_000));
      const before = state;
      if (move.kind === 'moved') state = move.state;
      yield { before, state, input, move, rollout: rolloutOf(state, { spec: asked }) };
    }
  }

  const holds = (property: (moment: ReturnType<typeof live> extends Generator<infer M> ? M : never) => void) =>
    fc.assert(
      fc.property(anyHistory, (history) => {
        for (const moment of live(history)) property(moment);
      }),
      { seed, numRuns: 500 },
    );

  it('the weights add up to 10000', () =>
    holds(({ rollout }) => expect(Object.values(weightsOf(rollout)).reduce((sum, bps) => sum + bps, 0)).toBe(10_000)));

  it('the candidate never has more than half before it has won', () =>
    holds(({ rollout, state }) => {
      if (state.phase !== 'completed') expect(weightsOf(rollout)['v2'] ?? 0).toBeLessThanOrEqual(5_000);
    }));

  it('what has ended stays ended, but for a person’s word about a rollback', () =>
    holds(({ before, state, input }) => {
      const ended = ['completed', 'superseded', 'rolled-back'].includes(before.phase);
      const again = before.phase === 'rolled-back' && input.kind === 'command';
      if (ended && !again) expect(state).toEqual(before);
    }));

  it('periods never go back within an attempt’s chain or across attempts', () =>
    holds(({ before, state }) => {
      if ('at' in before && 'at' in state && before.at && state.at)
        expect(state.at.periodBase).toBeGreaterThanOrEqual(before.at.periodBase);
    }));

  it('nothing but a command or a look moves a running rollout on', () =>
    holds(({ before, state, input }) => {
      if (before.phase === 'running' && (input.kind === 'start' || input.kind === 'applied'))
        expect(state).toEqual(before);
    }));

  it('a look takes a breached rollout back, and one without a breach never', () =>
    holds(({ before, state, input }) => {
      if (input.kind !== 'look' || !serves(before)) return;
      const breached = input.seen.verdicts.some((each) => each.breached);
      expect(state.phase === 'rolling-back').toBe(breached);
    }));

  it('a look never moves a paused rollout on', () =>
    holds(({ before, state, input }) => {
      if (input.kind === 'look' && before.phase === 'paused' && state.phase !== 'rolling-back')
        expect(state).toEqual(before);
    }));

  it('a paused rollout has a reason, and none twice', () =>
    holds(({ state }) => {
      if (state.phase !== 'paused') return;
      const kinds = state.pauses.map(({ by }) => by);
      expect(kinds.length).toBeGreaterThan(0);
      expect(new Set(kinds).size).toBe(kinds.length);
    }));
});
