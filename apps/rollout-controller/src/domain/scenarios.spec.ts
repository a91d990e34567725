// Scenarios of peers' canaries (docs/scenarios.md), each by its name, on the state machine alone.
import { type RolloutAction } from '@weir/contracts';
import { advance, type Input } from './advance';
import { comparisonOf, experimentOf } from './experiment.fixture';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { policyOf } from './policy';
import { weightsOf, type RolloutState } from './rollout';
import { canaryOf, chainOf, later, modelOf, place, rolloutOf, seenOf, stateOf, verdictOf } from './rollout.fixture';
import { type Seen } from './verdict';

const second = 1_000;
const hour = 3_600_000;
/** Neither units nor guardrails are asked for: time alone. */
const timed = { minUnits: 0, every: '1h' };

/** A rollout as it is told and looked at, and what was written down of it. */
class History {
  readonly log: string[] = [];
  private readonly plan;
  state: RolloutState;

  constructor(
    readonly spec: ReturnType<typeof canaryOf>,
    state: RolloutState = stateOf('pending'),
  ) {
    this.plan = planOf(spec);
    this.state = state;
    if (state.phase === 'pending') this.give({ kind: 'start', reason: 'submitted' }, 0);
  }

  tell(action: RolloutAction, atMs = 0): this {
    return this.give({ kind: 'command', action, reason: `${action} by hand` }, atMs);
  }

  look(atMs: number, seen: Partial<Seen> = {}): this {
    return this.give({ kind: 'look', seen: seenOf(seen), arms: ['v1', 'v2'] }, atMs);
  }

  applied(): this {
    return this.give({ kind: 'applied' }, 0);
  }

  give(input: Input, atMs: number): this {
    const move = advance(this.state, input, this.plan, later(atMs));
    if (move.kind !== 'moved') {
      if (move.kind === 'illegal') this.log.push('illegal');
      return this;
    }
    const named = input.kind === 'command' ? input.action : move.cause.action;
    this.state = move.state;
    this.log.push(`${named}: ${this.where}`);
    return this;
  }

  /** `running 1` : phase and step. */
  get where(): string {
    const at = 'at' in this.state ? this.state.at : null;
    return `${this.state.phase}${at ? ` ${at.stage > 0 ? `${at.stage}.` : ''}${at.step}` : ''}`;
  }

  get weights() {
    return weightsOf(rolloutOf(this.state, { spec: this.spec }));
  }

  get moves() {
    return legalMoves(this.state, this.plan, later(0));
  }
}

const breach = [verdictOf({ breached: true, verdict: 'fail', sentence: 'v2 errs 4 times as often as v1' })];
const inconclusive = [verdictOf({ sentence: 'too little is known' })];
const accepted = [verdictOf({ accepted: true, verdict: 'pass', sentence: 'v2 errs no more than v1' })];

describe('A. steps, pauses, promotion', () => {
  it('S01 a step of 3 s ends by itself, and the candidate is stable', () => {
    const history = new History(canaryOf({ minUnits: 0, steps: [{ weight: '50%', hold: '3s' }] }));
    expect(history.weights).toEqual({ v1: 5_000, v2: 5_000 });
    history.look(2_999).look(3_000);
    expect(history.log).toEqual(['start: running 0', 'complete: completed 0']);
    expect(history.weights).toEqual({ v2: 10_000 });
  });

  it('S02 aborted and tried again, it begins at the first step, and each event is written down once', () => {
    const history = new History(canaryOf({ steps: ['25%', '50%'], ...timed }));
    history
      .look(hour)
      .tell('abort')
      .applied()
      .tell('retry', 2 * hour);
    history
      .look(2 * hour)
      .look(3 * hour)
      .look(4 * hour);
    expect(history.log).toEqual([
      'start: running 0',
      'advance: running 1',
      'abort: rolling-back 1',
      'applied: rolled-back 1',
      'retry: running 0',
      'advance: running 1',
      'complete: completed 1',
    ]);
  });

  it('S03 promote at a hold, and again while evidence is gathered, goes on without waiting for it', () => {
    const steps = [{ weight: '10%', hold: 'manual' }, '20%', { weight: '30%', hold: 'manual' }, '50%'];
    const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
    const history = new History(canaryOf({ steps, advance: 'evidence', guardrails }));
    history
      .tell('promote')
      .look(hour, { verdicts: inconclusive })
      .tell('promote')
      .look(3 * hour, { verdicts: accepted });
    expect(history.where).toBe('running 2');
  });

  it('S04 promote-full is legal after an abort, and judges nothing', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'], ...timed }));
    history.tell('promote').tell('abort').applied();
    expect(history.moves).toEqual(['promote-full', 'retry']);
    history.tell('promote-full').look(hour, { verdicts: breach });
    expect([history.where, history.weights]).toEqual(['completed 1', { v2: 10_000 }]);
  });

  it('S05 a later stage is not begun by promote-full from an earlier one', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'] }, { steps: ['50%'] }));
    history.tell('promote').tell('promote-full');
    expect(history.log).toEqual(['start: running 0', 'promote: running 1', 'promote-full: completed 1']);
  });

  it('S06 promote-full at once goes straight to all of the traffic', () => {
    const history = new History(canaryOf({ steps: [{ weight: '10%', hold: '60s' }] })).tell('promote-full');
    expect([history.where, history.weights]).toEqual(['completed 0', { v2: 10_000 }]);
  });

  it('S07 promote-full of what is promoted already changes nothing and is no fault', () => {
    const history = new History(canaryOf({ steps: ['10%'] })).tell('promote-full');
    const before = history.state;
    history.tell('promote-full');
    expect(history.state).toBe(before);
    expect(history.log).not.toContain('illegal');
  });

  it('S08 promote at the last step never goes past it', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'] })).tell('promote').tell('promote').tell('promote');
    expect(history.log).toEqual(['start: running 0', 'promote: running 1', 'promote: completed 1', 'illegal']);
  });

  it('S09 at a step held by hand nothing moves, whatever is seen and however long', () => {
    const history = new History(canaryOf({ steps: [{ weight: '10%', hold: 'manual' }, '20%'], ...timed }));
    const before = history.state;
    for (const days of [0, 1, 30]) history.look(days * 24 * hour, { verdicts: accepted });
    expect(history.state).toBe(before);
  });

  it('S10 a person’s pause outranks a step whose time is over', () => {
    const steps = [{ weight: '10%', hold: '60s' }, '20%'];
    const history = new History(canaryOf({ steps, minUnits: 0 })).tell('pause', 10 * second).look(63 * second);
    expect(history.where).toBe('paused 0');
    expect(history.state.reason).toBe('pause by hand');
    history.tell('resume', 64 * second).look(64 * second);
    expect(history.where).toBe('running 1');
  });

  it('S11 a step whose time is over goes on', () => {
    const history = new History(canaryOf({ steps: [{ weight: '10%', hold: '60s' }, '20%'], minUnits: 0 }));
    expect(history.look(63 * second).where).toBe('running 1');
  });

  it('S12 time in a pause, or at a hold, does not count against maxStep', () => {
    const stage = { steps: ['30%'], every: '1s', maxStep: '5s' };
    const paused = new History(canaryOf(stage)).tell('pause', second).tell('resume', hour);
    expect(paused.look(hour + 3_999, { units: {} }).where).toBe('running 0');
    expect(paused.look(hour + 4_000, { units: {} }).where).toBe('paused 0');
    const held = new History(canaryOf({ ...stage, steps: [{ weight: '30%', hold: '30s' }] }));
    expect(held.look(29 * second).where).toBe('running 0');
    expect(held.look(30 * second).where).toBe('completed 0');
  });

  it('S13 maxStep over is no abort: it waits for a person, who may promote', () => {
    const history = new History(canaryOf({ steps: ['20%', '50%'], every: '1s', maxStep: '5s' }));
    history
      .look(5 * second, { units: { v1: 5, v2: 1 } })
      .look(6 * second)
      .tell('promote', 7 * second);
    expect(history.log).toEqual(['start: running 0', 'pause: paused 0', 'promote: running 1']);
  });

  it('S15 a step that not every router serves by is not over', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'], ...timed }));
    expect(history.look(hour, { applied: false }).where).toBe('running 0');
    expect(history.look(hour, { applied: true }).where).toBe('running 1');
  });

  it('S16 a finished rollout has left the policy: its candidate is the stable of all', () => {
    const history = new History(canaryOf({ steps: ['10%'] })).tell('promote-full');
    const policy = policyOf(modelOf({ stable: 'v2' }), [rolloutOf(history.state)], {});
    expect([policy.slices, policy.stable]).toEqual([[], 'v2']);
  });

  it('S18 without a step there is no weight', () => {
    for (const phase of ['pending', 'queued'] as const)
      expect(weightsOf(rolloutOf(stateOf(phase)))).toEqual({ v1: 10_000 });
  });

  it('S19 past the last step all, at the first its weight, after an abort none', () => {
    const history = new History(canaryOf({ steps: ['10%'] }));
    expect(history.weights).toEqual({ v1: 9_000, v2: 1_000 });
    expect(history.tell('abort').weights).toEqual({ v1: 10_000 });
    expect(new History(history.spec).tell('promote').weights).toEqual({ v2: 10_000 });
  });
});

describe('B. specification changes', () => {
  it('S31 a superseded rollout keeps nothing of its pauses, and its successor begins at the first step', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'] })).tell('promote').tell('pause');
    history.give({ kind: 'supersede', reason: 'superseded by r2' }, hour);
    expect(history.state).toMatchObject({ phase: 'superseded', reason: 'superseded by r2' });
    expect(history.state).not.toHaveProperty('pauses');
    expect(new History(canaryOf({ steps: ['10%', '20%'] })).where).toBe('running 0');
  });

  it('S33 the weights of what is superseded are gone in the very policy that brings its successor’s', () => {
    const old = rolloutOf({ ...stateOf('superseded', place(0, 1)) }, { id: 'r1' });
    const young = rolloutOf(stateOf('running', place(0, 0)), { id: 'r2', salt: 'another' });
    const { slices } = policyOf(modelOf(), [old, young], {});
    expect(slices.map(({ rollout, arms }) => [rollout, arms])).toEqual([['r2', { v1: 9_500, v2: 500 }]]);
  });

  it('S42 a model’s first version is stable at once: no rollout, no steps', () => {
    expect(policyOf(modelOf(), [], {})).toMatchObject({ stable: 'v1', slices: [] });
  });
});

describe('C. abort', () => {
  it('S50 at the second of three steps all traffic goes back to stable', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%', '30%'] })).tell('promote').tell('abort');
    expect([history.where, history.weights]).toEqual(['rolling-back 1', { v1: 10_000 }]);
    expect(history.applied().where).toBe('rolled-back 1');
  });

  it('S51 with nothing in progress there is nothing to abort, and nothing is touched', () => {
    const history = new History(canaryOf({ steps: ['10%'] })).tell('promote-full');
    const before = history.state;
    history.tell('abort');
    expect([history.log.at(-1), history.state]).toEqual(['illegal', before]);
  });

  it('S52 a retry has all of its time', () => {
    const history = new History(canaryOf({ steps: ['10%'], every: '1s', maxStep: '5s' }));
    history
      .look(4 * second, { units: {} })
      .tell('abort', 4 * second)
      .applied()
      .tell('retry', hour);
    expect(history.look(hour + 4 * second, { units: {} }).where).toBe('running 0');
    expect(history.state.attempt).toBe(2);
  });

  it('S53 evidence that comes after an abort decides nothing', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'], ...timed })).tell('abort');
    history.look(hour, { verdicts: accepted }).look(hour, { verdicts: breach });
    expect(history.where).toBe('rolling-back 0');
  });

  it('S54 an experiment that is aborted decides nothing more', () => {
    const ab = { ab: { arms: { v1: '50%', v2: '50%' }, metric: 'correct', minimumEffect: 0.01 } };
    const history = new History(chainOf([ab])).tell('abort');
    const experiment = experimentOf([comparisonOf({ shown: 'better', effect: 0.1 })]);
    history.look(hour, { experiment }).applied();
    expect(history.log).toEqual(['start: running 0', 'abort: rolling-back 0', 'applied: rolled-back 0']);
  });

  it('S58 an abort out of a pause is an abort, and no resumption', () => {
    const history = new History(canaryOf({ steps: ['10%'] })).tell('pause').tell('abort');
    expect(history.log).toEqual(['start: running 0', 'pause: paused 0', 'abort: rolling-back 0']);
  });
});

describe('D. evidence', () => {
  const stage = {
    steps: ['10%', '20%'],
    every: '1m',
    maxStep: '1h',
    guardrails: [{ metric: 'error-rate', margin: 1.2 }],
  };

  it('S74 without an answer it is paused, not aborted, and stays so', () => {
    const history = new History(canaryOf({ ...stage, advance: 'evidence' }));
    history
      .look(hour, { verdicts: inconclusive })
      .look(2 * hour, { verdicts: inconclusive })
      .look(3 * hour);
    expect(history.log).toEqual(['start: running 0', 'pause: paused 0']);
    expect(history.state).toMatchObject({ pauses: [{ by: 'inconclusive' }] });
    expect(history.state.reason).toContain('too little is known');
  });

  it('S75 promote out of an inconclusive pause goes to the next step and does not loop', () => {
    const history = new History(canaryOf({ ...stage, advance: 'evidence' }));
    history
      .look(hour, { verdicts: inconclusive })
      .tell('promote', hour)
      .look(hour + second, { verdicts: inconclusive });
    expect(history.where).toBe('running 1');
  });

  it('S76 a breach takes everything back, and names its guardrail', () => {
    const history = new History(canaryOf(stage)).look(second, { verdicts: breach });
    expect([history.log.at(-1), history.weights]).toEqual(['rollback: rolling-back 0', { v1: 10_000 }]);
    expect(history.state.reason).toBe('v2 errs 4 times as often as v1');
  });

  it('S77 promoted into the next stage, it is judged by that stage alone, which has all of its time', () => {
    const history = new History(canaryOf({ ...stage, steps: ['10%'] }, { ...stage, advance: 'evidence' }));
    history.tell('promote', hour - second);
    const ofFirst = [verdictOf({ stage: 0, accepted: true, verdict: 'pass' }), verdictOf({ stage: 1 })];
    history.look(2 * hour - 2 * second, { verdicts: ofFirst });
    expect([history.where, history.state]).toEqual(['running 1.0', expect.not.objectContaining({ pauses: [] })]);
    history.look(2 * hour - second, { verdicts: ofFirst });
    expect(history.where).toBe('paused 1.0');
  });

  it('S78 a rollout that is completed is judged no more: what comes late neither takes it back nor is held against it', () => {
    const history = new History(canaryOf(stage)).tell('promote-full').look(hour, { verdicts: breach });
    expect(history.log).toEqual(['start: running 0', 'promote-full: completed 0']);
    expect(policyOf(modelOf({ stable: 'v2' }), [rolloutOf(history.state)], {}).slices).toEqual([]);
  });

  it('S84 no traffic is neither a pass nor a failure', () => {
    for (const advanceBy of ['time', 'evidence']) {
      const history = new History(canaryOf({ ...stage, advance: advanceBy }));
      for (let at = 0; at <= 2 * hour; at += hour / 4) history.look(at, { units: {}, verdicts: inconclusive });
      expect(history.log).toEqual(['start: running 0', 'pause: paused 0']);
    }
  });
});

describe('a guardrail marked must: pass', () => {
  const guardrails = [
    { metric: 'error-rate', margin: 1.2, must: 'pass' },
    { metric: 'latency-p95', margin: 1.3 },
  ];
  const stage = { steps: ['10%', '20%'], every: '1m', maxStep: '1h', guardrails };
  const seen = (accepted: boolean) => ({
    verdicts: [verdictOf({ must: true, accepted }), verdictOf({ name: 'latency-p95' })],
  });

  it.each(['time', 'evidence'])('holds a step by %s until it has passed; one that is not marked does not', (by) => {
    const history = new History(canaryOf({ ...stage, advance: by }));
    expect(history.look(hour / 2, seen(false)).where).toBe('running 0');
    expect(history.look(hour / 2, seen(true)).where).toBe('running 1');
    expect(history.look(3 * hour, seen(false)).where).toBe('paused 1');
  });

  it('of an earlier stage holds no later one', () => {
    const history = new History(canaryOf(stage, { steps: ['30%'], every: '1m' })).tell('promote').tell('promote');
    expect(history.where).toBe('running 1.0');
    expect(history.look(hour / 2, seen(false)).where).toBe('completed 1.0');
  });
});

describe('evidence that has not come whole', () => {
  const torn = { index: 7, to: later(7_000), came: 3, of: 5, waitedMs: 0 };
  const stage = { steps: ['10%', '20%'], every: '1m', maxStep: '1h', onInconclusive: 'fail' };

  it('holds a step whose time is over, by the name of the window and what is missing', () => {
    const history = new History(canaryOf(stage));
    expect(history.look(hour / 2, { torn }).where).toBe('running 0');
    expect(history.look(hour / 2).where).toBe('running 1');
  });

  it('is never a reason to go back: at maxStep a person decides', () => {
    const history = new History(canaryOf(stage)).look(hour, { torn, units: {} });
    expect(history.where).toBe('paused 0');
    expect(history.state.reason).toContain('window 7, until 2026-11-23T12:00:07.000Z, has 3 of its 5 rows');
  });

  it('is not in the way of a breach that was seen before', () => {
    expect(new History(canaryOf(stage)).look(second, { torn, verdicts: breach }).where).toBe('rolling-back 0');
  });
});

describe('W. what the peers do not test', () => {
  it('W3 a timed step goes on from its stored beginning, not from a restart, and not twice', () => {
    const history = new History(canaryOf({ steps: [{ weight: '10%', hold: '60s' }, '20%'], minUnits: 0 }));
    history.look(40 * second);
    const restored = new History(history.spec, JSON.parse(JSON.stringify(history.state)) as RolloutState);
    restored.look(59 * second);
    expect(restored.where).toBe('running 0');
    restored
      .look(60 * second)
      .look(60 * second)
      .look(61 * second);
    expect(restored.log).toEqual(['advance: running 1']);
  });

  it('W4 evidence about a superseded rollout decides nothing', () => {
    const history = new History(canaryOf({ steps: ['10%'], ...timed }));
    history.give({ kind: 'supersede', reason: 'superseded by r2' }, 0).look(hour, { verdicts: breach });
    expect(history.where).toBe('superseded 0');
  });

  it('W6 after an abort no slice and no weight is left that could keep a user on the candidate', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'] })).tell('promote').tell('abort');
    const [slice] = policyOf(modelOf(), [rolloutOf(history.state, { spec: history.spec })], {}).slices;
    expect(slice?.arms['v2'] ?? 0).toBe(0);
    history.applied();
    expect(policyOf(modelOf(), [rolloutOf(history.state, { spec: history.spec })], {}).slices).toEqual([]);
  });

  it('W5 too few units are inconclusive, never a failure', () => {
    const history = new History(canaryOf({ steps: ['10%', '20%'], every: '1m', minUnits: 100 }));
    expect(history.look(hour, { units: { v1: 5_000, v2: 99 } }).where).toBe('running 0');
    expect(history.look(hour, { units: { v1: 99, v2: 100 } }).where).toBe('running 0');
    expect(history.look(hour, { units: { v1: 100, v2: 100 } }).where).toBe('running 1');
  });
});
