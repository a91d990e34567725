// Scenarios of peers' replica counts (docs/scenarios.md), each by its name, as rolling updates, on the state machine alone.
import { type RolloutAction, type RolloutManifest } from '@weir/contracts';
import fc from 'fast-check';
import { advance, type Input } from './advance';
import { shareOf, type Fleet, type FleetInstance } from './fleet';
import { planOf } from './plan';
import { policyOf } from './policy';
import { canaryOf, chainOf, later, modelOf, place, rolloutOf, stateOf } from './rollout.fixture';
import { mostUnavailable, type FleetSeen } from './roll-fleet';
import { weightsOf, type RolloutState } from './rollout';

const urls = ['http://i0', 'http://i1', 'http://i2', 'http://i3'];
const rolling = (changes: object = {}) => ({
  rolling: { updater: { manual: {} }, deadline: '1m', minReady: '1s', ...changes },
});

/** Four instances of v1, looked at every second; what it is told never gets ready stays so. */
class Update {
  state: RolloutState = stateOf('running', place(0, 0));
  second = 0;
  applied = true;
  /** `http://i2 v2`: never ready with that. */
  readonly bad = new Set<string>();
  /** The candidate's share, and how many are out of service, after each move. */
  readonly shares: number[] = [];
  leastInService = urls.length;
  private readonly plan;

  constructor(readonly spec: RolloutManifest = chainOf([rolling()])) {
    this.plan = planOf(spec);
  }

  tell(action: RolloutAction): this {
    return this.give({ kind: 'command', action, reason: action });
  }

  look(seconds = 1): this {
    for (let index = 0; index < seconds; index += 1) {
      this.second += 1;
      this.give({ kind: 'fleet', seen: this.seen() }).give({ kind: 'applied' });
    }
    return this;
  }

  /** Looks until so many instances serve the candidate. */
  until(count: number): this {
    for (let left = 300; left > 0 && this.serving('v2') !== count; left -= 1) this.look();
    expect(this.serving('v2')).toBe(count);
    return this;
  }

  get fleet(): Fleet | undefined {
    return 'at' in this.state ? this.state.at?.fleet : undefined;
  }

  get share(): number {
    return weightsOf(rolloutOf(this.state, { spec: this.spec }))['v2'] ?? 0;
  }

  serving(version: string): number {
    return this.fleet?.instances.filter((each) => each.phase === 'serving' && each.version === version).length ?? 0;
  }

  give(input: Input): this {
    const move = advance(this.state, input, this.plan, later(this.second * 1_000));
    if (move.kind === 'illegal') throw new Error(`${JSON.stringify(input)} is illegal`);
    if (move.kind !== 'moved') return this;
    this.state = move.state;
    if (this.shares.at(-1) !== this.share) this.shares.push(this.share);
    const { instances = [] } = this.fleet ?? {};
    const inService = instances.filter(({ phase }) => phase === 'serving' || phase === 'joining').length;
    if (instances.length > 0) this.leastInService = Math.min(this.leastInService, inService);
    return this;
  }

  private seen(): FleetSeen {
    const isBad = (url: string, version: string) => this.bad.has(`${url} ${version}`);
    const { instances = [] } = this.fleet ?? {};
    const reports = instances.flatMap((each) => {
      if (each.phase === 'serving' || each.phase === 'failed') return [];
      const waits = each.phase === 'readying' && isBad(each.url, each.to);
      return waits ? [] : [{ url: each.url, phase: each.phase, since: each.since, kind: 'done' as const, detail: '' }];
    });
    const unready = urls.filter((url) => {
      const one = instances.find((each) => each.url === url);
      return isBad(url, one?.phase === 'serving' ? one.version : 'v1') && (!one || one.phase === 'serving');
    });
    return { urls, baseline: 'v1', own: 0, timeoutMs: 1_000, applied: this.applied, unready, reports, details: {} };
  }
}

it('S14 the candidate’s share grows when an instance of it has joined and every router knows it, not before', () => {
  const update = new Update().until(1);
  expect(update.share).toBe(3_333); // one of three that serve: the second is being drained already
  const isJoining = () => update.fleet?.instances.some(({ phase }) => phase === 'joining') === true;
  while (!isJoining()) update.look();
  update.applied = false;
  expect(update.look(30).share).toBe(3_333);
  update.applied = true;
  expect(update.look().share).toBe(6_667);
});

it('S17 promote-full while half of the instances are updated leaves the share with those that are ready, until all are', () => {
  const update = new Update().until(2).tell('abort').tell('promote-full');
  expect([update.state.phase, update.share]).toEqual(['running', 6_667]); // the one being drained is out
  update.until(4);
  expect(update.look()).toMatchObject({ state: { phase: 'completed', winner: 'v2' }, share: 10_000 });
});

it('S21 instances that come and go while a canary is paused change no weight and move no step', () => {
  const spec = canaryOf({ steps: ['25%', '50%'] });
  const rollout = rolloutOf(stateOf('paused', place(0, 0)), { spec });
  const instances = (count: number) => Array.from({ length: count }, (_, index) => `http://127.0.0.1:${9_201 + index}`);
  for (const count of [4, 8, 4]) {
    const versions = { v1: { instances: instances(count) }, v2: { instances: ['http://127.0.0.1:9102'] } };
    const policy = policyOf(modelOf({}, { versions }), [rollout], {});
    expect(policy.slices.map(({ step, arms }) => [step, arms])).toEqual([[0, { v1: 7_500, v2: 2_500 }]]);
    expect(policy.versions['v1']?.instances).toHaveLength(count);
  }
});

it('S40 on the way back to stable the shares follow the instances, and the last of the candidate’s goes with its last instance', () => {
  const update = new Update().until(2).tell('abort');
  update.shares.length = 0;
  update.look(60);
  expect(update.shares).toEqual([3_333, 0]); // two of three, and the last is given up when it is the only one
  expect([update.state.phase, update.share, update.serving('v1')]).toEqual(['rolled-back', 0, 4]);
});

it('S43 a candidate that never gets ready goes back, and so does the next: three of four serve stable throughout', () => {
  for (const candidate of ['the first', 'the second']) {
    const update = new Update();
    for (const url of urls) update.bad.add(`${url} v2`);
    update.look(200);
    expect([candidate, update.state.phase, update.serving('v1')]).toEqual([candidate, 'rolled-back', 4]);
    expect(update.shares).toEqual([0]);
    expect(update.leastInService).toBe(3);
  }
});

it('S44 a stable that never gets ready again on half of its instances is not in the way of what mends it', () => {
  const update = new Update();
  for (const url of urls.slice(2)) update.bad.add(`${url} v1`);
  update.until(4);
  expect(update.look().state).toMatchObject({ phase: 'completed', winner: 'v2' });
});

it('S56 aborted with three of four updated, the candidate keeps its share until stable is ready, and gives it step by step', () => {
  const update = new Update().until(3);
  expect(update.share).toBe(10_000);
  for (const url of urls) update.bad.add(`${url} v1`);
  update.tell('abort').look(10);
  expect(update.share).toBeGreaterThanOrEqual(6_667); // the fourth was not touched, and is all that stable has
  expect(update.leastInService).toBe(3);
  update.bad.clear();
  update.shares.length = 0;
  update.look(120);
  expect(update.state.phase).toBe('rolled-back');
  expect(update.shares).toEqual([...update.shares].sort((a, b) => b - a));
  expect(update.shares.at(-1)).toBe(0);
});

it('S57 on the way back, as on the way there, no more than maxUnavailable are out of service', () => {
  for (const maxUnavailable of [1, 2, '50%']) {
    const update = new Update(chainOf([rolling({ batch: 4, maxUnavailable })])).until(
      4 - (maxUnavailable === 1 ? 1 : 2),
    );
    update.tell('abort').look(100);
    expect(update.state.phase).toBe('rolled-back');
    expect(update.leastInService).toBe(maxUnavailable === 1 ? 3 : 2);
  }
});

it('W9 of batches of half, one instance that never gets ready takes its batch back, then those before it, and stable serves all', () => {
  const update = new Update(chainOf([rolling({ batch: '50%', maxUnavailable: '50%' })]));
  update.bad.add('http://i3 v2');
  update.until(2).look(200);
  expect(update.state).toMatchObject({ phase: 'rolled-back', reason: expect.stringContaining('http://i3') as string });
  expect([update.serving('v1'), update.share, update.leastInService]).toEqual([4, 0, 2]);
});

describe('R1', () => {
  const any = fc.array(fc.constantFrom('v1', 'v2', 'out'), { minLength: 1, maxLength: 40 });

  it('R1 no share between nothing and all leaves a version that serves without traffic, or one that does not with some', () => {
    fc.assert(
      fc.property(any, fc.nat(3), (drawn, own) => {
        const instances = drawn.map((version, index): FleetInstance => {
          const moving = { from: 'v1', to: 'v2', since: later(0), begunAt: later(0) };
          const url = `http://i${index}`;
          return version === 'out' ? { ...moving, url, phase: 'updating' } : { url, phase: 'serving', version };
        });
        const share = shareOf({ baseline: 'v1', instances, own, drainMs: 0 }, 'v2');
        const candidates = own + drawn.filter((version) => version === 'v2').length;
        const stables = drawn.filter((version) => version === 'v1').length;
        expect(share > 0).toBe(candidates > 0);
        expect(share < 10_000).toBe(stables > 0 || candidates === 0);
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });

  it.each(['0.01%', '1%', '49%', '50%'])('R1 a step of %s leaves neither arm without units', (step) => {
    const arms = weightsOf(rolloutOf(stateOf('running'), { spec: canaryOf({ steps: [step] }) }));
    expect(Object.values(arms).every((bps) => bps > 0)).toBe(true);
    expect(Object.values(arms).reduce((sum, bps) => sum + bps, 0)).toBe(10_000);
  });
});

it('R4 promote-full leaves the steps of the stage before out, and never batches or what may be unavailable', () => {
  const spec = chainOf([{ canary: { steps: ['10%', '20%'], every: '1h' } }, rolling({ batch: 4, maxUnavailable: 1 })]);
  const update = new Update(spec).tell('promote-full');
  expect(update.state).toMatchObject({ phase: 'running', at: { stage: 1 } });
  update.until(4);
  expect(update.leastInService).toBe(urls.length - mostUnavailable(1, urls.length));
});
