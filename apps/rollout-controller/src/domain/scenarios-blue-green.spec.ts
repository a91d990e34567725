// Scenarios of peers' blue-greens (docs/scenarios.md), each by its name, on the state machine alone.
import { rolloutAction, type RolloutAction } from '@weir/contracts';
import { advance, type Input } from './advance';
import { legalMoves } from './legal-moves';
import { planOf } from './plan';
import { policyOf } from './policy';
import { chainOf, later, modelOf, place, rolloutOf, seenOf, stateOf, verdictOf } from './rollout.fixture';
import { weightsOf, type RolloutState } from './rollout';
import { type Seen } from './verdict';

const minute = 60_000;
const ready = { green: [] };
const pairs = { v2: { compared: 200, missed: 0 } };

/** Preview 10 min, bake 10 min, blue kept for 1 h. */
class BlueGreen {
  readonly log: string[] = [];
  readonly spec: ReturnType<typeof chainOf>;
  private readonly plan;
  state: RolloutState = stateOf('pending');

  constructor(blueGreen: object = {}, before: readonly object[] = []) {
    this.spec = chainOf([...before, { blueGreen }]);
    this.plan = planOf(this.spec);
    this.give({ kind: 'start', reason: 'submitted' }, 0);
  }

  tell(action: RolloutAction, atMs = 0): this {
    return this.give({ kind: 'command', action, reason: `${action} by hand` }, atMs);
  }

  look(atMs: number, seen: Partial<Seen> = {}): this {
    return this.give({ kind: 'look', seen: seenOf({ ...ready, pairs, ...seen }), arms: ['v1', 'v2'] }, atMs);
  }

  applied(atMs = 0): this {
    return this.give({ kind: 'applied' }, atMs);
  }

  give(input: Input, atMs: number): this {
    const move = advance(this.state, input, this.plan, later(atMs));
    if (move.kind === 'illegal') this.log.push('illegal');
    if (move.kind !== 'moved') return this;
    this.state = move.state;
    this.log.push(`${input.kind === 'command' ? input.action : move.cause.action}: ${this.where}`);
    return this;
  }

  get where(): string {
    const at = 'at' in this.state ? this.state.at : null;
    return `${this.state.phase} ${at ? ['prepare', 'preview', 'bake'][at.step] : ''}`;
  }

  get green(): number {
    return weightsOf(rolloutOf(this.state, { spec: this.spec }))['v2'] ?? 0;
  }

  moves(atMs = 0): RolloutAction[] {
    return legalMoves(this.state, this.plan, later(atMs));
  }

  policy() {
    return policyOf(modelOf(), [rolloutOf(this.state, { spec: this.spec })], {});
  }
}

const breached = { verdicts: [verdictOf({ breached: true, sentence: 'v2 errs' })] };

describe('blue-green', () => {
  it('S90, S102 is made ready, previewed, approved, switched, baked, and only then in charge', () => {
    const life = new BlueGreen({ approve: true });
    expect([life.where, life.green]).toEqual(['running prepare', 0]);
    life.look(0).look(10 * minute);
    expect([life.where, life.green]).toEqual(['running preview', 0]);
    life.tell('approve', 11 * minute).look(11 * minute);
    expect([life.where, life.green]).toEqual(['running bake', 10_000]);
    expect(life.policy().stable).toBe('v1');
    life.look(20 * minute);
    expect(life.where).toBe('running bake');
    life.look(21 * minute);
    expect(life.state).toMatchObject({ phase: 'completed', winner: 'v2' });
    expect(life.log).toEqual([
      ...['start: running prepare', 'advance: running preview', 'approve: running preview'],
      ...['advance: running bake', 'complete: completed bake'],
    ]);
  });

  it('S90 without a word it waits for the person, and says so; reject takes it back', () => {
    const life = new BlueGreen({ approve: true }).look(0).look(30 * minute);
    expect(life.where).toBe('running preview');
    expect(life.moves()).toEqual(['pause', 'promote', 'promote-full', 'abort', 'approve', 'reject']);
    expect(life.tell('reject', 30 * minute).applied().where).toBe('rolled-back preview');
  });

  it('S91 within the time that blue is kept the way back is at once: it is released no earlier, and not before every router serves without it', () => {
    const life = new BlueGreen()
      .look(0)
      .look(10 * minute)
      .look(20 * minute);
    expect(life.state).toMatchObject({ phase: 'completed', keptUntil: later(80 * minute) });
    expect(life.applied(79 * minute).state).toHaveProperty('keptUntil');
    expect(life.applied(80 * minute).state).not.toHaveProperty('keptUntil');
    expect(life.log.slice(-2)).toEqual(['complete: completed bake', 'release: completed bake']);
    expect(life.applied(81 * minute).log).toHaveLength(5);
  });

  it('S92 what the preview finds bad is taken back before any caller meets it; a retry begins anew', () => {
    const bad = verdictOf({ name: 'error-rate-difference', breached: true, ofPairs: true, sentence: 'v2 fails' });
    const life = new BlueGreen({ mirror: {} }).look(0).look(minute, { verdicts: [bad] });
    expect([life.where, life.green]).toEqual(['rolling-back preview', 0]);
    life
      .applied()
      .tell('retry', 2 * minute)
      .look(2 * minute)
      .look(12 * minute);
    expect(life.where).toBe('running bake');
    expect(life.state.attempt).toBe(2);
  });

  it('S93 what the bake finds bad gives all of the traffic back to blue, which was stable all the time', () => {
    const life = new BlueGreen()
      .look(0)
      .look(10 * minute)
      .look(11 * minute, breached);
    expect([life.where, life.green]).toEqual(['rolling-back bake', 0]);
    const policy = life.policy();
    expect([policy.stable, policy.slices]).toEqual(['v1', []]);
    expect(life.applied().where).toBe('rolled-back bake');
  });

  it('S94 another version takes the place of one that bakes, and blue has the traffic until that one is switched to', () => {
    const life = new BlueGreen().look(0).look(10 * minute);
    expect(life.green).toBe(10_000);
    life.give({ kind: 'supersede', reason: 'v3 was submitted' }, 11 * minute);
    expect([life.where, life.green, life.policy().slices]).toEqual(['superseded bake', 0, []]);
  });

  it('S95 does not switch before the preview is over', () => {
    const life = new BlueGreen({ preview: '10s' }).look(0).look(5_000);
    expect(life.where).toBe('running preview');
    expect(life.look(10_000).where).toBe('running bake');
  });

  it('S96 a person who has paused it holds the switch, whatever time it is', () => {
    const life = new BlueGreen()
      .look(0)
      .tell('pause', minute)
      .look(30 * minute);
    expect([life.where, life.green]).toEqual(['paused preview', 0]);
    expect(life.tell('resume', 30 * minute).look(30 * minute).where).toBe('running bake');
  });

  it('S97 a comparison that says too little holds the switch, and after its longest time asks a person', () => {
    const undecided = verdictOf({ name: 'agreement', must: true, ofPairs: true, sentence: 'undecided' });
    const life = new BlueGreen({ mirror: {}, maxPreview: '1h' }).look(0);
    expect(life.look(59 * minute, { verdicts: [undecided] }).where).toBe('running preview');
    expect(life.look(60 * minute, { verdicts: [undecided] }).where).toBe('paused preview');
    expect(life.state.reason).toContain('maxPreview; waited for undecided');
    expect(life.tell('promote', 61 * minute).where).toBe('running bake');
  });

  it('S97 too few answers that were compared hold it too, where a mirror was asked for', () => {
    const few = { pairs: { v2: { compared: 3, missed: 0 } } };
    expect(new BlueGreen({ mirror: { minPairs: 4 } }).look(0).look(11 * minute, few).where).toBe('running preview');
    expect(new BlueGreen().look(0).look(11 * minute, { pairs: {} }).where).toBe('running bake');
  });

  it('S99 a green that never becomes ready is given up at its deadline, and has had no traffic', () => {
    const unready = { green: ['http://i1 is not ready: it answers 503'] };
    const life = new BlueGreen({ deadline: '5m' }).look(0, unready).look(4 * minute, { green: undefined });
    expect(life.where).toBe('running prepare');
    life.look(5 * minute, unready);
    expect([life.where, life.green]).toEqual(['rolling-back prepare', 0]);
    expect(life.state.reason).toContain('no answer within deadline; waited for instances: http://i1 is not ready');
  });

  it('S99 what is not ready any more in the preview is made ready again, and previewed again', () => {
    const life = new BlueGreen().look(0).look(5 * minute, { green: ['http://i1 is not ready: gone'] });
    expect(life.where).toBe('running prepare');
    expect(life.tell('promote', 5 * minute).where).toBe('running prepare');
    life.look(6 * minute).look(15 * minute);
    expect(life.where).toBe('running preview');
    expect(life.look(16 * minute).where).toBe('running bake');
  });

  it('S100 promote-full judges nothing more, but waits until green is ready', () => {
    expect(new BlueGreen().look(0).tell('promote-full', minute).where).toBe('completed preview');
    const life = new BlueGreen().tell('promote-full', minute);
    expect([life.where, life.green]).toEqual(['running prepare', 0]);
    expect(life.look(2 * minute, { green: ['http://i1 is not ready'] }).where).toBe('running prepare');
    expect(life.tell('promote-full', 3 * minute).log.at(-1)).toBe('illegal');
    expect(life.look(3 * minute).state).toMatchObject({
      phase: 'completed',
      winner: 'v2',
      reason: 'promote-full by hand',
    });
    const canary = { canary: { steps: ['10%'] } };
    const chain = new BlueGreen({}, [canary]).tell('promote-full', 0).look(minute);
    expect(chain.state).toMatchObject({ phase: 'completed', at: { stage: 1 } });
    const again = new BlueGreen()
      .look(0)
      .tell('abort', minute)
      .applied()
      .tell('promote-full', 2 * minute);
    expect([again.where, again.state.attempt]).toEqual(['running prepare', 2]);
    expect(again.look(3 * minute).where).toBe('completed prepare');
  });

  it('no step is over before every router serves by it', () => {
    const life = new BlueGreen().look(0, { applied: false });
    expect(life.where).toBe('running prepare');
    life
      .look(0)
      .look(10 * minute)
      .look(20 * minute, { applied: false });
    expect(life.where).toBe('running bake');
  });

  it('all of the traffic goes in one policy, and back in one', () => {
    const life = new BlueGreen().look(0);
    const preview = life.policy();
    expect(preview.slices.map(({ arms, shadows }) => [arms, shadows])).toEqual([
      [{ v1: 10_000, v2: 0 }, [{ version: 'v2', sampleBps: 10_000 }]],
    ]);
    const bake = life.look(10 * minute).policy();
    expect(bake.slices.map(({ arms, shadows }) => [arms, shadows])).toEqual([[{ v1: 0, v2: 10_000 }, []]]);
    expect(life.tell('abort', 11 * minute).policy().slices).toEqual([]);
  });

  it('keeps a part of the units on blue in the bake, where a control is asked for', () => {
    const life = new BlueGreen({ control: '5%' }).look(0).look(10 * minute);
    expect(life.policy().slices[0]?.arms).toEqual({ v1: 500, v2: 9_500 });
  });

  it('S98 each keeps its blue for its own time, whatever was switched to since', () => {
    const short = new BlueGreen({ keepBlue: '1m' })
      .look(0)
      .look(10 * minute)
      .look(20 * minute);
    expect(short.state).toMatchObject({ keptUntil: later(21 * minute) });
  });

  it('an abort in the bake beats what time and evidence would do', () => {
    const life = new BlueGreen()
      .look(0)
      .look(10 * minute)
      .tell('abort', 20 * minute)
      .look(20 * minute);
    expect(life.where).toBe('rolling-back bake');
    expect(life.tell('promote', 20 * minute).log.at(-1)).toBe('illegal');
  });

  it('allows in each step what is possible in it', () => {
    const life = new BlueGreen();
    expect(life.moves()).toEqual(['pause', 'promote-full', 'abort']);
    expect(life.look(0).moves()).toEqual(['pause', 'promote', 'promote-full', 'abort']);
    expect(life.look(10 * minute).moves()).toEqual(['pause', 'promote', 'promote-full', 'abort']);
    expect(life.look(20 * minute).moves()).toEqual([]);
    expect(rolloutAction.options).toContain('reject');
  });

  it('never switches while an instance of green is not ready, has not been asked, or the evidence has a hole', () => {
    const torn = { index: 3, to: later(0), came: 1, of: 2, waitedMs: 60_000 };
    for (const seen of [{ green: ['http://i1'] }, { green: undefined }, { torn }] as Partial<Seen>[]) {
      const life = new BlueGreen().look(0).look(11 * minute, seen);
      expect([life.green, life.where.startsWith('running')]).toEqual([0, true]);
    }
    expect(stateOf('running', place(0, 2))).toBeDefined();
  });
});
