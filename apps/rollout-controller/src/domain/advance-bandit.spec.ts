// A rollout through a bandit stage: weights that are accepted or refused, arms that a guardrail closes, and the three ways in which it ends.
import { advance, type Input } from './advance';
import { answerTo } from './allocation';
import { allocationOf, stopping } from './bandit.fixture';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { policyOf } from './policy';
import { chainOf, later, modelOf, place, rolloutOf, seenOf, stateOf, verdictOf } from './rollout.fixture';
import { weightsOf, type RolloutState } from './rollout';
import { type Seen } from './verdict';

const bandit = (changes: object = {}) => ({ bandit: { metric: 'correct', ...changes } });
const candidates = { candidates: ['v2', 'v3'] };
const spec = chainOf([bandit()], candidates);
const arms = ['v1', 'v2', 'v3'];
const running = stateOf('running');
const weights = (state: RolloutState, of = spec) => weightsOf(rolloutOf(state, { spec: of }));

function told(state: RolloutState, allocation = allocationOf(), of = spec): Extract<Input, { kind: 'allocated' }> {
  return { kind: 'allocated', allocation, arms, inForce: weights(state, of) };
}

function look(seen: Partial<Seen> = {}): Input {
  return { kind: 'look', seen: seenOf(seen), arms };
}

function after(state: RolloutState, input: Input, of = spec, now = later(10_000)) {
  const move = advance(state, input, planOf(of), now);
  if (move.kind !== 'moved') throw new Error(move.kind);
  return move;
}

const allocated = (
  changes: Parameters<typeof allocationOf>[0] = {},
  stop: Parameters<typeof allocationOf>[1] = {},
  of = spec,
) => after(running, told(running, allocationOf(changes, stop), of), of).state;
const answer = (state: RolloutState, allocation = allocationOf(), of = spec, now = later(10_000)) =>
  answerTo(state, told(state, allocation, of), planOf(of), now);
const breach = (candidate: string) =>
  verdictOf({ candidate, breached: true, verdict: 'fail', sentence: `${candidate} errs.` });
const order = (action: 'promote' | 'promote-full', version?: string): Input => ({
  ...{ kind: 'command', action, reason: 'I say so' },
  version,
});

describe('weights that are allocated', () => {
  it('are what the arms get, with the place and its clock unmoved', () => {
    expect(weights(running)).toEqual({ v1: 3_334, v2: 3_333, v3: 3_333 });
    const { state, cause } = after(running, told(running));
    expect(cause).toEqual({ action: 'allocate', actor: 'bandit' });
    expect(state).toMatchObject({
      phase: 'running',
      at: { ...place(0, 0), allocation: { sequence: 1, leader: 'v2' } },
    });
    expect(state.reason).toBe(
      'allocation 1: v1 20% (best with 0.2), v2 70% (best with 0.7), v3 10% (best with 0.1). Going on may still gain 20 % over v2.',
    );
    expect(weights(state)).toEqual({ v1: 2_000, v2: 7_000, v3: 1_000 });
  });

  it('leave the weights as they are where no arm moves by half a point', () => {
    const state = allocated();
    const next = after(
      state,
      told(state, allocationOf({ sequence: 2, weights: { v1: 2_049, v2: 6_951, v3: 1_000 } })),
    ).state;
    expect(weights(next)).toEqual({ v1: 2_000, v2: 7_000, v3: 1_000 });
    expect(next).toMatchObject({ at: { allocation: { sequence: 2, wanted: { v1: 2_049 } } } });
    const far = after(
      state,
      told(state, allocationOf({ sequence: 2, weights: { v1: 2_050, v2: 6_950, v3: 1_000 } })),
    ).state;
    expect(weights(far)['v1']).toBe(2_050);
  });

  it('do not move arms from the shares that they began with before there is any outcome', () => {
    const begun = chainOf([bandit({ arms: { v1: '80%', v2: '10%', v3: '10%' } })], candidates);
    const none = allocated(
      { weights: { v1: 3_334, v2: 3_333, v3: 3_333 }, effectiveSamples: { v1: 0, v2: 0, v3: 0 } },
      {},
      begun,
    );
    expect(weights(none, begun)).toEqual({ v1: 8_000, v2: 1_000, v3: 1_000 });
  });

  it('are passed over when they come again, in an earlier order, or while a person holds the rollout', () => {
    const state = allocated({ sequence: 5 });
    for (const sequence of [5, 4]) expect(answer(state, allocationOf({ sequence })).kind).toBe('passed-over');
    expect(answer(stateOf('paused')).kind).toBe('passed-over');
    // an allocator that was rebuilt counts from 1 again
    expect(answer(state, allocationOf({ sequence: 1, asOf: later(9_000) })).kind).toBe('accepted');
  });

  it.each<[string, Parameters<typeof allocationOf>[0], string]>([
    ['of another stage', { stage: 1 }, 'stage 1 is not the one that runs'],
    ['of an earlier attempt', { attempt: 2 }, 'attempt 2 is over'],
    ['that are stale', { asOf: later(-60_000) }, 'it is stale: computed as of'],
    [
      'for an arm that is not there',
      { weights: { v1: 1, v2: 1, v3: 1, v9: 9_997 } },
      'it is for the arms v1, v2, v3, v9 of epoch 1; those that are in are v1, v2, v3',
    ],
    ['without an arm that is in', { weights: { v1: 5_000, v2: 5_000 } }, 'those that are in are v1, v2, v3'],
    ['that do not add up', { weights: { v1: 1, v2: 1, v3: 1 } }, 'its weights add up to 3, not to 10000'],
  ])('are refused where they are %s, in words', (_, changes, why) => {
    expect(answer(running, allocationOf(changes))).toEqual({
      kind: 'refused',
      why: expect.stringContaining(why) as string,
    });
    expect(advance(running, told(running, allocationOf(changes)), planOf(spec), later(10_000)).kind).toBe('stayed');
  });

  it('are refused where nothing serves', () => {
    for (const phase of ['completed', 'rolling-back', 'rolled-back', 'superseded'] as const)
      expect(answer(stateOf(phase))).toEqual({ kind: 'refused', why: `the rollout is ${phase}` });
  });
});

describe('an arm that a guardrail closes', () => {
  const state = allocated();
  const closed = after(state, look({ verdicts: [breach('v2')] }));

  it('W8 has nothing at once; the others share what it had', () => {
    expect(closed.cause).toEqual({ action: 'leave-out', actor: 'guardrail:error-rate' });
    expect(closed.state).toMatchObject({ phase: 'running', at: { out: [{ version: 'v2', reason: 'v2 errs.' }] } });
    expect(weights(closed.state)).toEqual({ v1: 6_667, v2: 0, v3: 3_333 });
  });

  it('W8 is not raised again: what was computed with it is refused, and what gives it nothing is accepted', () => {
    expect(answer(closed.state, allocationOf({ sequence: 2 }))).toEqual({
      kind: 'refused',
      why: 'it is for the arms v1, v2, v3 of epoch 1; those that are in are v1, v3',
    });
    const next = after(
      closed.state,
      told(closed.state, allocationOf({ sequence: 2, weights: { v1: 9_000, v3: 1_000 } })),
    ).state;
    expect(weights(next)).toEqual({ v1: 9_000, v2: 0, v3: 1_000 });
  });

  it('cannot win by what was allocated before', () => {
    const leading = after(allocated({}, stopping), look({ verdicts: [breach('v2')] })).state;
    expect(advance(leading, look({ verdicts: [breach('v2')] }), planOf(spec), later(10_000)).kind).toBe('stayed');
  });

  it('is closed while the rollout is paused too, and the rollout goes back with the last', () => {
    expect(after(stateOf('paused'), look({ verdicts: [breach('v3')] })).state).toMatchObject({ phase: 'paused' });
    const ended = after(closed.state, look({ verdicts: [breach('v2'), breach('v3')] }));
    expect(ended.state).toMatchObject({ phase: 'rolling-back', at: { decisions: [{ kind: 'harm', winner: null }] } });
    expect(weights(ended.state)).toEqual({ v1: 10_000 });
    const query = { value: 2, max: 1, at: null, above: 1 };
    const all = after(state, look({ verdicts: [{ ...breach(''), query }] })).state;
    expect(all.phase).toBe('rolling-back');
  });
});

describe('the end of a bandit', () => {
  it('comes with the stop rule, and the leader is in charge', () => {
    const { state, cause } = after(allocated({}, stopping), look());
    expect(cause).toEqual({ action: 'complete', actor: 'bandit' });
    expect(state).toMatchObject({
      ...{ phase: 'completed', winner: 'v2' },
      at: { decisions: [{ kind: 'winner', winner: 'v2', allocation: { leader: 'v2', sequence: 1 } }] },
    });
    expect(state.reason).toBe(
      'winner after 10 s: the stop rule holds, and v2 is the best arm with a probability of 0.7. Little is left to be gained.',
    );
  });

  it('changes nothing where stable is the best arm', () => {
    const { state } = after(allocated({}, { ...stopping, leader: 'v1' }), look());
    expect(state).toMatchObject({ phase: 'completed', winner: null, at: { decisions: [{ kind: 'baseline' }] } });
    expect(weights(state)).toEqual({ v1: 10_000 });
  });

  const fortnight = later(14 * 86_400_000);

  it('comes with the maximum duration: the leader where enough is known of it, else nothing changes', () => {
    expect(after(allocated(), look(), spec, fortnight).state).toMatchObject({ phase: 'completed', winner: 'v2' });
    const few = after(allocated({ effectiveSamples: { v1: 400, v2: 99.5, v3: 300 } }), look(), spec, fortnight).state;
    expect(few).toMatchObject({ phase: 'completed', winner: null, at: { decisions: [{ kind: 'inconclusive' }] } });
    expect(few.reason).toContain('outcomes: 99 of 100 on the leading arm');
    expect(after(running, look(), spec, fortnight).state).toMatchObject({ phase: 'completed', winner: null });
  });

  it('is withheld by a sample ratio that is off, by evidence that is not whole, and by a guardrail that must pass', () => {
    const state = allocated({}, stopping);
    const off = look({ sampleRatio: { verdict: 'fail', sentence: 'v2 has too few units' } });
    const torn = look({ torn: { index: 1, to: later(0), came: 1, of: 2, waitedMs: 1 } });
    const open = look({ verdicts: [verdictOf({ must: true })] });
    for (const held of [off, torn, open]) expect(advance(state, held, planOf(spec), later(10_000)).kind).toBe('stayed');
    expect(after(state, off, spec, fortnight).state.reason).toContain('v2 has too few units');
    expect(advance(state, torn, planOf(spec), fortnight).kind).toBe('stayed');
    expect(after(state, look({ verdicts: [verdictOf({ must: true, accepted: true })] })).state.phase).toBe('completed');
  });

  it('waits for a person where the stage asks for one', () => {
    const manual = chainOf([bandit({ decide: 'manual' })], candidates);
    const asked = after(allocated({}, stopping, manual), look(), manual);
    expect(asked.cause).toEqual({ action: 'decide', actor: 'bandit' });
    expect(weights(asked.state, manual)).toEqual({ v1: 2_000, v2: 7_000, v3: 1_000 });
    expect(advance(asked.state, look(), planOf(manual), later(11_000)).kind).toBe('stayed');
    expect(after(asked.state, order('promote'), manual).state).toMatchObject({ phase: 'completed', winner: 'v2' });
  });

  it('is a person’s to bring about: the leader, or the version that is named', () => {
    expect(advance(running, order('promote'), planOf(spec), later(0)).kind).toBe('illegal');
    const state = allocated();
    expect(legalMoves(state, planOf(spec), later(0))).toEqual(['pause', 'promote', 'promote-full', 'abort']);
    expect(after(state, order('promote')).state).toMatchObject({ phase: 'completed', winner: 'v2' });
    expect(after(state, order('promote-full', 'v3')).state).toMatchObject({ phase: 'completed', winner: 'v3' });
    const stable = allocated({}, { leader: 'v1' });
    expect(advance(stable, order('promote'), planOf(spec), later(0)).kind).toBe('illegal');
  });

  it('leads into the next stage with the winner alone, and what was allocated stays behind', () => {
    const chain = chainOf([bandit(), bandit({ metric: 'revenue' })], candidates);
    const { state } = after(allocated({}, stopping, chain), look(), chain);
    expect(state).toMatchObject({ phase: 'running', at: { stage: 1, out: [{ version: 'v3', reason: 'v2 has won' }] } });
    expect(state).not.toHaveProperty('at.allocation');
    expect(weights(state, chain)).toEqual({ v1: 5_000, v2: 5_000, v3: 0 });
    expect(answer(state, allocationOf({ sequence: 2 }), chain)).toMatchObject({ kind: 'refused' });
  });
});

it('the policy of a bandit stage carries all that its allocator goes by', () => {
  const when = { region: ['eu'] };
  const rollout = rolloutOf(running, {
    spec: chainOf([bandit({ when, updateOutcomes: 50, caps: { v3: '20%' } })], candidates),
  });
  expect(policyOf(modelOf(), [rollout], {}).slices).toMatchObject([
    {
      ...{ kind: 'bandit', arms: { v1: 4_000, v2: 4_000, v3: 2_000 }, assign: 'prediction', when, windowMs: 1_000 },
      spec: {
        algorithm: 'thompson',
        metric: 'correct',
        updateMs: 10_000,
        updateOutcomes: 50,
        floorBps: 200,
        capsBps: { v3: 2_000 },
      },
    },
  ]);
});

it('the policy names the bandits whose outcomes it learns from beside its own, until the next stage', () => {
  const continues = [{ rollout: 'r-0', attempt: 1, stage: 0 }];
  const chain = chainOf([bandit(), bandit({ metric: 'revenue' })], candidates);
  const { state } = after(
    { phase: 'pending', attempt: 1, reason: '' },
    { kind: 'start', reason: '', continues },
    chain,
  );
  const slice = (of: RolloutState) => policyOf(modelOf(), [rolloutOf(of, { spec: chain })], {}).slices[0]?.spec;
  expect(slice(state)).toMatchObject({ continues });
  expect(slice(after(state, order('promote', 'v2'), chain).state)).not.toHaveProperty('continues');
});
