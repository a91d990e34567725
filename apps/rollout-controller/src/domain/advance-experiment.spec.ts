// A rollout through an ab stage: arms that go out, decisions by evidence and by a person, and what the policy carries meanwhile.
import fc from 'fast-check';
import { advance, type Input } from './advance';
import { comparisonOf, experimentOf } from './experiment.fixture';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { policyOf } from './policy';
import { chainOf, later, modelOf, noon, place, rolloutOf, seenOf, stateOf } from './rollout.fixture';
import { weightsOf, type RolloutState } from './rollout';
import { weightsWithout } from './weights-without';

const thirds = { v1: '50%', v2: '30%', v3: '20%' };
const ab = (changes: object = {}) => ({ ab: { arms: thirds, metric: 'correct', minimumEffect: 0.01, ...changes } });
const candidates = { candidates: ['v2', 'v3'] };
const spec = chainOf([ab()], candidates);

const better = (candidate: string) => comparisonOf({ candidate, shown: 'better', effect: 0.1 });
const harmful = (candidate: string) => comparisonOf({ candidate, shown: 'worse', harmful: true, effect: -0.1 });
const open = (candidate: string) => comparisonOf({ candidate });

function look(...comparisons: ReturnType<typeof comparisonOf>[]): Input {
  return { kind: 'look', seen: seenOf({ experiment: experimentOf(comparisons) }), arms: ['v1', 'v2', 'v3'] };
}

function after(state: RolloutState, input: Input, of = spec, now = later(10_000)) {
  const move = advance(state, input, planOf(of), now);
  if (move.kind !== 'moved') throw new Error(move.kind);
  return move;
}

const order = (action: 'promote' | 'promote-full' | 'abort' | 'retry', version?: string): Input => ({
  ...{ kind: 'command', action, reason: 'I say so' },
  version,
});

const running = stateOf('running');
const weights = (state: RolloutState, of = spec) => weightsOf(rolloutOf(state, { spec: of }));

describe('an arm that is worse', () => {
  const { state, cause } = after(running, look(harmful('v2'), open('v3')));

  it('gets nothing any more; the others keep their proportions, the place and the clock', () => {
    expect(state).toMatchObject({ phase: 'running', at: { ...place(0, 0), out: [{ version: 'v2' }] } });
    expect(cause).toEqual({ action: 'leave-out', actor: 'experiment' });
    expect(weights(state)).toEqual({ v1: 7_143, v2: 0, v3: 2_857 });
  });

  it('is not judged again, and goes back with the last', () => {
    expect(advance(state, look(harmful('v2'), open('v3')), planOf(spec), noon).kind).toBe('stayed');
    const ended = after(state, look(harmful('v2'), harmful('v3')));
    expect(ended.state).toMatchObject({
      phase: 'rolling-back',
      at: { out: [{ version: 'v2' }, { version: 'v3' }], decisions: [{ kind: 'harm', winner: null }] },
    });
    expect(weights(ended.state)).toEqual({ v1: 10_000 });
  });

  it('goes out of a paused rollout too, which stays paused', () => {
    expect(after(stateOf('paused'), look(harmful('v2'), open('v3'))).state).toMatchObject({
      phase: 'paused',
      at: { out: [{ version: 'v2' }] },
    });
    expect(advance(stateOf('paused'), look(better('v2'), open('v3')), planOf(spec), noon).kind).toBe('stayed');
  });

  it('is in again with a retry', () => {
    const back = after(state, order('abort')).state;
    const gone = after(back, { kind: 'applied' }).state;
    expect(after(gone, order('retry')).state).toMatchObject({ phase: 'running', attempt: 2 });
    expect(weights(after(gone, order('retry')).state)).toEqual({ v1: 5_000, v2: 3_000, v3: 2_000 });
  });
});

describe('a decision', () => {
  it('crowns the winner, with the decision beside it', () => {
    const { state, cause } = after(running, look(better('v2'), open('v3')));
    expect(state).toMatchObject({ phase: 'completed', winner: 'v2', at: { decisions: [{ kind: 'winner' }] } });
    expect(cause).toEqual({ action: 'complete', actor: 'experiment' });
    expect(state.reason).toContain('v2 is shown to be better in correct');
  });

  it.each([
    [
      'no-difference',
      [comparisonOf({ equivalent: true }), comparisonOf({ candidate: 'v3', equivalent: true })],
      10_000,
    ],
    ['inconclusive', [open('v2'), open('v3')], 15 * 86_400_000],
  ])('of %s completes and changes nothing', (kind, comparisons, ms) => {
    const { state } = after(running, look(...comparisons), spec, later(ms));
    expect(state).toMatchObject({ phase: 'completed', winner: null, at: { decisions: [{ kind }] } });
    expect(weights(state)).toEqual({ v1: 10_000 });
  });

  it('leads into the next stage with the winner alone', () => {
    const chain = chainOf([ab(), ab({ metric: 'revenue' })], candidates);
    const { state } = after(running, look(better('v2'), open('v3')), chain);
    expect(state).toMatchObject({ phase: 'running', at: { stage: 1, out: [{ version: 'v3', reason: 'v2 has won' }] } });
    expect(weights(state, chain)).toEqual({ v1: 6_250, v2: 3_750, v3: 0 });
  });

  it('waits for a person where the stage asks for one, at unchanged weights, and is taken once', () => {
    const manual = chainOf([ab({ decide: 'manual' })], candidates);
    const asked = after(running, look(better('v2'), open('v3')), manual);
    expect(asked.cause).toEqual({ action: 'decide', actor: 'experiment' });
    expect(asked.state).toMatchObject({ phase: 'running', at: { decisions: [{ kind: 'winner', winner: 'v2' }] } });
    expect(weights(asked.state, manual)).toEqual({ v1: 5_000, v2: 3_000, v3: 2_000 });
    expect(advance(asked.state, look(better('v2'), open('v3')), planOf(manual), noon).kind).toBe('stayed');
    expect(after(asked.state, order('promote'), manual).state).toMatchObject({ phase: 'completed', winner: 'v2' });
    expect(after(asked.state, order('promote', 'v3'), manual).state).toMatchObject({ winner: 'v3' });
  });
});

describe('a person', () => {
  it('names the version where several could be meant', () => {
    expect(advance(running, order('promote'), planOf(spec), noon).kind).toBe('illegal');
    expect(after(running, order('promote', 'v3')).state).toMatchObject({ phase: 'completed', winner: 'v3' });
    expect(after(running, order('promote-full', 'v3')).state).toMatchObject({ phase: 'completed', winner: 'v3' });
    expect(legalMoves(running, planOf(spec), noon)).toEqual(['pause', 'promote', 'promote-full', 'abort']);
    const one = after(running, look(harmful('v2'), open('v3'))).state;
    expect(after(one, order('promote')).state).toMatchObject({ winner: 'v3' });
  });
});

describe('the policy of an ab stage', () => {
  it('carries all arms, who is eligible, by what it is assigned, and windows as wide as experiments need', () => {
    const when = { region: ['eu', 'us'] };
    const of = (changes: object) => {
      const rollout = rolloutOf(running, { spec: chainOf([ab(changes)], { ...candidates, overrides: { qa: 'v3' } }) });
      return policyOf(modelOf({}, { holdout: '5%', overrides: { qa: 'v1', dev: 'v2' } }), [rollout], {});
    };
    const policy = of({ when, assign: 'prediction' });
    expect(policy).toMatchObject({ holdoutBps: 500, overrides: { qa: 'v3', dev: 'v2' } });
    expect(policy.slices).toMatchObject([
      { ...{ kind: 'ab', arms: { v1: 5_000, v2: 3_000, v3: 2_000 }, assign: 'prediction', when }, windowMs: 10_000 },
    ]);
    expect(policy.slices[0]?.spec).toMatchObject({ alpha: 0.05, metric: 'correct' });
    const guarded = of({ guardrails: [{ metric: 'error-rate', margin: 1.2 }] });
    expect(guarded.slices).toMatchObject([{ assign: 'unit', windowMs: 1_000 }]);
  });
});

describe('weights without some arms', () => {
  it('add up, keep their proportions to a basis point, and leave nothing to those that are out (seed 20261123)', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(parts, (all) => {
        const arms = Object.fromEntries(all.map((part, index) => [`v${index}`, part]));
        const scaled = weightsWithout(arms, []);
        const left = weightsWithout(scaled, ['v1']);
        expect(Object.values(left).reduce((sum, bps) => sum + bps, 0)).toBe(10_000);
        expect(left['v1']).toBe(0);
        const total = 10_000 - (scaled['v1'] ?? 0);
        for (const [arm, bps] of Object.entries(scaled))
          if (arm !== 'v1') expect(Math.abs((left[arm] ?? 0) - (10_000 * bps) / total)).toBeLessThan(1);
      }),
      { seed: 20261123 },
    );
  });
});
