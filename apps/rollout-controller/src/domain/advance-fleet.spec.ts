// A rolling update as a stage of its rollout: what people, failures and guardrails make of it.
import { rolloutAction, type RolloutAction } from '@weir/contracts';
import { advance, type Input } from './advance';
import { type FleetInstance } from './fleet';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { policyOf } from './policy';
import { chainOf, later, lookOf, modelOf, place, rolloutOf } from './rollout.fixture';
import { type FleetSeen } from './roll-fleet';
import { weightsOf, type Place, type RolloutState } from './rollout';

const urls = ['http://i0', 'http://i1', 'http://i2', 'http://i3', 'http://i4', 'http://i5'];
const spec = chainOf([{ rolling: { updater: { manual: {} }, deadline: '1m' } }]);
const plan = planOf(spec);
const seen: FleetSeen = {
  ...{ urls, baseline: 'v1', own: 0, timeoutMs: 1_000, applied: true, unready: [], reports: [], details: {} },
};

function running(instances: readonly FleetInstance[]): RolloutState & { at: Place } {
  const at: Place = { ...place(0, 0), fleet: { baseline: 'v1', instances, own: 0, drainMs: 1_000 } };
  return { phase: 'running', attempt: 1, reason: 'so it was', at };
}

const serving = (version: string, count: number, from = 0): FleetInstance[] =>
  urls.slice(from, from + count).map((url) => ({ url, phase: 'serving', version }));

const fourth = (phase: 'updating' | 'readying'): FleetInstance => ({
  ...{ url: 'http://i3', from: 'v1', to: 'v2', since: later(0), begunAt: later(0), phase },
});

function moved(state: RolloutState, input: Input, ms: number): RolloutState {
  const move = advance(state, input, plan, later(ms));
  if (move.kind !== 'moved') throw new Error(`${input.kind} has ${move.kind}`);
  return move.state;
}

const command = (action: RolloutAction): Input => ({ kind: 'command', action, reason: 'because' });
const phasesOf = (state: RolloutState) =>
  'at' in state ? state.at?.fleet?.instances.map((each) => (each.phase === 'serving' ? each.version : each.phase)) : [];

describe('a rolling update', () => {
  const half = running([...serving('v2', 3), fourth('readying'), ...serving('v1', 2, 4)]);

  it('goes back, all four, where the fourth instance never becomes ready', () => {
    let state = moved(half, { kind: 'fleet', seen }, 60_000);
    expect(state).toMatchObject({ phase: 'rolling-back', reason: expect.stringContaining('http://i3') as string });
    expect(phasesOf(state)).toEqual(['v2', 'v2', 'v2', 'updating', 'v1', 'v1']);
    expect(weightsOf(rolloutOf(state, { spec }))).toEqual({ v1: 4_000, v2: 6_000 });
    for (let second = 61; second < 200 && state.phase === 'rolling-back'; second += 1) {
      const { fleet } = (state as { at: Place }).at;
      const reports = (fleet?.instances ?? []).flatMap((each) =>
        each.phase === 'serving' || each.phase === 'failed'
          ? []
          : [{ url: each.url, phase: each.phase, since: each.since, kind: 'done' as const, detail: '' }],
      );
      for (const input of [{ kind: 'fleet', seen: { ...seen, reports } }, { kind: 'applied' }] as Input[]) {
        const move = advance(state, input, plan, later(second * 1_000));
        if (move.kind === 'moved') state = move.state;
      }
    }
    expect([state.phase, phasesOf(state)]).toEqual(['rolled-back', Array(6).fill('v1')]);
  });

  it('goes back at once by a guardrail, and by abort, the traffic following the instances', () => {
    for (const input of [lookOf({ breached: true }), command('abort')]) {
      const state = moved(half, input, 1_000);
      expect([state.phase, phasesOf(state)]).toEqual(['rolling-back', ['v2', 'v2', 'v2', 'updating', 'v1', 'v1']]);
      expect(advance(state, { kind: 'applied' }, plan, later(2_000)).kind).toBe('stayed');
    }
  });

  it('completes when all instances serve the candidate, and leaves them to it', () => {
    const state = moved(running(serving('v2', 6)), { kind: 'fleet', seen }, 1_000);
    expect(state).toMatchObject({ phase: 'completed', winner: 'v2', reason: 'all 6 instances serve v2' });
  });

  it('allows what is possible', () => {
    const moves = (state: RolloutState) => legalMoves(state, plan, later(1_000));
    expect(moves(half)).toEqual(['pause', 'abort']);
    expect(moves(running([fourth('updating'), ...serving('v1', 5)]))).toEqual(['pause', 'abort', 'approve']);
    expect(moves(moved(half, command('abort'), 1_000))).toEqual(['promote-full', 'approve']);
    expect(rolloutAction.options).toContain('approve');
  });

  it('goes forward after all where a person says so', () => {
    const back = moved(half, command('abort'), 1_000);
    const forward = moved(back, command('promote-full'), 2_000);
    expect([forward.phase, phasesOf(forward)]).toEqual(['running', ['v2', 'v2', 'v2', 'updating', 'v1', 'v1']]);
  });

  it('is not superseded once it has moved something', () => {
    expect(advance(half, { kind: 'supersede', reason: 'newer' }, plan, later(1_000)).kind).toBe('stayed');
    const untouched = running(serving('v1', 6));
    expect(advance(untouched, { kind: 'supersede', reason: 'newer' }, plan, later(1_000)).kind).toBe('moved');
  });

  it('lists each instance under the version that it is for, and leaves stable to the candidate where nobody serves it', () => {
    const last: FleetInstance = { ...fourth('updating'), url: 'http://i5' };
    const state = running([...serving('v2', 5), last]);
    const versions = { v1: { instances: urls }, v2: { modelName: 'm2' } };
    const policy = policyOf(modelOf({}, { versions }), [rolloutOf(state, { spec })], {});
    expect(policy.stable).toBe('v2');
    expect(policy.versions['v1']?.instances).toEqual([]);
    expect(policy.versions['v2']?.instances.map((each) => each.state)).toEqual([...Array<string>(5).fill('in-service'), 'out']);
    expect(policy.slices.map(({ kind, arms }) => [kind, arms])).toEqual([['rolling', { v1: 0, v2: 10_000 }]]);
  });

  it('is back when all of it is; what has failed is given up by a person only', () => {
    const moving = { from: 'v1', to: 'v1', since: later(0), begunAt: later(0) };
    const failed: FleetInstance = { ...moving, url: 'http://i5', phase: 'failed', reason: 'dead' };
    const { attempt, at } = running([...serving('v1', 5), failed]);
    const back: RolloutState = { phase: 'rolling-back', attempt, reason: 'so it was', at };
    expect(advance(back, { kind: 'applied' }, plan, later(1_000)).kind).toBe('stayed');
    expect(legalMoves(back, plan, later(1_000))).toEqual(['promote-full', 'abort', 'retry']);
    const over = moved(moved(back, command('abort'), 1_000), { kind: 'applied' }, 2_000);
    expect([over.phase, phasesOf(over)]).toEqual(['rolled-back', Array(5).fill('v1')]);
    expect(phasesOf(moved(back, command('retry'), 1_000))?.at(-1)).toBe('updating');
  });
});
