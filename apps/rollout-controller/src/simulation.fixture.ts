// Rollouts of all kinds of move through a world that fails: commands, evidence, crashes, repeats, clock jumps, routers that lag or fall silent.
import { modelManifest, rolloutManifest, type PolicyPublished, type RolloutAction } from '@weir/contracts';
import { AdvanceRollout } from './advance-rollout';
import { type InstanceWork } from './domain/instance-work';
import { switchStepOf } from './domain/green';
import { chosenBy } from './domain/released';
import { serves, weightsOf, type Rollout } from './domain/rollout';
import { mostUnavailable } from './domain/roll-fleet';
import { noon, seenOf, verdictOf } from './domain/rollout.fixture';
import { Killed, MemoryStore } from './memory-store.fixture';
import { lockRollout } from './lock-rollout';
import { PutModel } from './put-model';
import { type AuditEntry } from './ports';
import { Refused } from './refusals';
import { ReleaseBlue } from './release-blue';
import { RollInstances } from './roll-instances';
import { SettleRollbacks } from './settle-rollbacks';
import { SubmitRollout } from './submit-rollout';

const caller = { id: 'ann', name: 'ann' };
const egress = { profile: 'local', allow: [] } as const;
const actions: readonly RolloutAction[] = [
  'pause',
  'resume',
  'promote',
  'promote-full',
  'abort',
  'retry',
  'approve',
  'reject',
];

interface Server {
  readonly loaded: Set<string>;
  dead: boolean;
  /** Versions that it never gets ready with. */
  readonly refuses: Set<string>;
}

interface Router {
  policy: PolicyPublished | undefined;
  isSilent: boolean;
}

/** A small generator: the same seed, the same life. */
function drawsOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Simulation {
  readonly store = new MemoryStore();
  private nowMs = Date.parse(noon);
  private ids = 0;
  private readonly draw: () => number;
  private readonly clock = { now: () => new Date(this.nowMs).toISOString() };
  private readonly chance = { id: () => `id-${(this.ids += 1)}`, salt: () => `salt-${(this.ids += 1)}` };
  private readonly mover = new AdvanceRollout(this.clock, this.chance);
  private controllers: RollInstances[] = [];
  private readonly servers = new Map<string, Server>();
  private readonly routers = new Map<string, Router>();
  /** Under way somewhere: may end late, twice or never. */
  private works: InstanceWork[] = [];
  private readonly broken = new Set<string>();
  private policiesSeen = 0;
  private movesSeen = 0;
  private readonly kinds: readonly object[];
  private readonly rolling: { maxUnavailable: number | string };

  constructor(readonly seed: number) {
    this.draw = drawsOf(seed);
    const count = 2 + this.pick(6);
    for (let index = 0; index < count; index += 1)
      this.servers.set(`http://127.0.0.1:${9_000 + index}`, {
        loaded: new Set(['v1']),
        dead: false,
        refuses: new Set(),
      });
    this.servers.set('http://127.0.0.1:9100', { loaded: new Set(['v3']), dead: false, refuses: new Set() });
    for (let index = 0; index < 1 + this.pick(3); index += 1)
      this.routers.set(`r${index}`, { policy: undefined, isSilent: false });
    const batch = this.one<number | string>([1, 2, '50%']);
    const maxUnavailable = this.one<number | string>([1, 2, '34%']);
    this.rolling = { maxUnavailable };
    const updater = this.one([{ repository: {} }, { repository: {} }, { manual: {} }]);
    const rolling = { rolling: { batch, maxUnavailable, minReady: '5s', deadline: '3m', updater } };
    const canary = { canary: { steps: ['10%', '40%'], every: '1m', maxStep: '10m', minUnits: 10 } };
    const bake = { bake: '1m', keepBlue: '2m', approve: this.draw() < 0.5, ...this.one([{}, { control: '5%' }]) };
    const blueGreen = { blueGreen: { deadline: '3m', preview: '30s', maxPreview: '5m', ...bake } };
    this.kinds = this.one<readonly object[]>([
      ...[[rolling], [rolling], [rolling], [canary, rolling], [canary]],
      ...[[blueGreen], [blueGreen], [canary, blueGreen]],
    ]);
    this.boot();
  }

  async run(events: number): Promise<void> {
    await this.begin();
    for (let index = 0; index < events; index += 1) {
      await this.survive(() => this.event());
      this.check();
    }
    await this.calm();
  }

  private boot(): void {
    const settings = {
      updater: this.updater,
      instances: this.instances,
      requests: { latest: () => Promise.resolve([]) },
    };
    this.controllers = [1, 2].map(() => new RollInstances(this.store, this.clock, this.mover, settings));
  }

  private async begin(): Promise<void> {
    const urls = [...this.servers.keys()];
    const versions = {
      v1: { instances: urls.slice(0, -1), modelName: 'm1' },
      v2: { modelName: 'm2' },
      v3: { instances: urls.slice(-1), modelName: 'm3' },
    };
    const manifest = modelManifest.parse({ stable: 'v1', versions });
    const candidate = this.kinds.length === 1 && 'rolling' in (this.kinds[0] ?? {}) ? 'v2' : 'v3';
    const asked = rolloutManifest.parse({ model: 'm', candidates: [candidate], stages: this.kinds });
    await this.store.transaction((tx) => new PutModel(this.clock, this.chance, egress).put(tx, 'm', manifest, caller));
    for (const router of this.routers.keys()) this.hear(router);
    await this.store.transaction((tx) => new SubmitRollout(this.clock, this.chance, egress).submit(tx, asked, caller));
  }

  private async event(): Promise<void> {
    if (this.draw() < 0.08) this.store.callsLeft = this.pick(25);
    const events: readonly (readonly [number, () => Promise<unknown> | void])[] = [
      [30, () => this.stepAll()],
      [40, () => this.workOne()],
      [20, () => this.hear(this.one([...this.routers.keys()]))],
      [25, () => void (this.nowMs += this.pick(8_000))],
      [2, () => void (this.nowMs += this.pick(600_000) - 200_000)],
      [8, () => this.look()],
      [5, () => this.command()],
      [6, () => this.settle()],
      [6, () => new ReleaseBlue(this.store, this.clock, this.mover).release()],
      [this.isRolling ? 0 : 4, () => this.drop()],
      [2, () => this.harm()],
      [2, () => this.toggleSilence()],
      [2, () => this.boot()],
    ];
    let left = this.draw() * events.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, act] of events) {
      left -= weight;
      if (left < 0) return void (await act());
    }
  }

  /** Killed: what was begun is left, and another process goes on from what is stored. */
  private async survive(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof Killed) this.boot();
      else if (!(error instanceof Refused)) throw error;
    } finally {
      this.store.callsLeft = Infinity;
    }
  }

  private rollout(): Rollout {
    return [...this.store.tables.rollouts.values()].at(-1) as Rollout;
  }

  private async stepAll(): Promise<void> {
    const works = await this.one(this.controllers).step(this.rollout().id);
    this.works = [...this.works, ...works].slice(-40);
  }

  private async workOne(): Promise<void> {
    if (this.works.length === 0) return;
    const work = this.one(this.works);
    if (this.draw() < 0.8) this.works = this.works.filter((each) => each !== work);
    await this.one(this.controllers).work(work);
  }

  private hear(name: string): void {
    const router = this.routers.get(name) as Router;
    if (router.isSilent) return;
    const revisions = this.store.tables.policies;
    router.policy = this.draw() < 0.7 || !router.policy ? revisions.at(-1) : router.policy;
    const models = { m: { revision: router.policy?.revision ?? 0, source: 'live' as const } };
    this.store.tables.routers.set(name, { router: name, models, heardAt: this.clock.now() });
  }

  private async look(): Promise<void> {
    const verdicts = [verdictOf({ breached: this.draw() < 0.05 })];
    const enough = this.draw() < 0.8 ? 100 : 0;
    const units = { v1: enough, v3: enough };
    const pairs = { v3: { compared: enough, missed: 0 } };
    const unready = this.isReady('v3') ? [] : ['it is not ready'];
    const green = this.draw() < 0.1 ? undefined : unready;
    await this.store.transaction(async (tx) => {
      const { model, rollout } = await lockRollout(tx, this.rollout().id);
      const applied = this.draw() < 0.8;
      const moved = await this.mover.look(tx, model, rollout, seenOf({ verdicts, units, pairs, green, applied }));
      if (moved && isGreens(moved) && !isGreens(rollout) && !this.isReady('v3'))
        this.fail('green gets the traffic and is not ready');
    });
  }

  private async command(): Promise<void> {
    const action = this.one(actions);
    const command = { rollout: this.rollout().id, action, reason: 'by hand' };
    await this.store.transaction((tx) => this.mover.command(tx, command, caller));
  }

  /** Whether that one server that no rolling update moves can answer. */
  private isReady(version: string): boolean {
    const server = this.servers.get('http://127.0.0.1:9100') as Server;
    return !server.dead && !server.refuses.has(version);
  }

  /** Somebody takes a version out of the manifest: refused as long as any router may choose it, heard from or not, or it is kept. */
  private async drop(): Promise<void> {
    const [version, others] = this.one([
      ['v1', ['v3']],
      ['v3', ['v1']],
    ] as const);
    const { state } = this.rollout();
    const isDropped = await this.store.transaction(async (tx) => {
      const model = await tx.models.lock('m');
      const kept = Object.entries(model?.manifest.versions ?? {}).filter(([name]) => name !== version);
      if (!model || !kept.some(([name]) => name === others[0])) return false;
      const manifest = { ...model.manifest, versions: Object.fromEntries(kept) };
      await new PutModel(this.clock, this.chance, egress).put(tx, 'm', manifest, caller);
      return true;
    });
    if (!isDropped) return;
    for (const [name, { policy }] of this.routers)
      if (policy && chosenBy(policy).has(version)) this.fail(`${version} is gone, and ${name} may choose it`);
    if (version === 'v1' && state.phase === 'completed' && state.keptUntil !== undefined)
      this.fail('blue is gone before its time');
  }

  private get isRolling(): boolean {
    return this.kinds.some((kind) => 'rolling' in kind);
  }

  private settle(): Promise<unknown> {
    return new SettleRollbacks(this.store, this.clock, this.mover).settle();
  }

  private harm(): void {
    const all = [...this.servers.keys()];
    const url = this.one(this.isRolling ? all.slice(0, -1) : all.slice(-1));
    const server = this.servers.get(url) as Server;
    this.broken.add(url);
    if (this.draw() < 0.5) server.dead = !server.dead;
    else server.refuses.add(this.one(['v1', 'v2', 'v3']));
  }

  private toggleSilence(): void {
    const router = this.routers.get(this.one([...this.routers.keys()])) as Router;
    router.isSilent = !router.isSilent;
  }

  private readonly updater = {
    update: (work: InstanceWork) => {
      const server = this.servers.get(work.url) as Server;
      this.requireReleased(work);
      if (server.dead) return Promise.resolve({ kind: 'again' as const, detail: 'no answer' });
      if (server.refuses.has(work.to.version) && this.draw() < 0.3)
        return Promise.resolve({ kind: 'refused' as const, detail: 'no such model' });
      if (!server.refuses.has(work.to.version)) server.loaded.add(work.to.version);
      return Promise.resolve({ kind: 'done' as const });
    },
    release: (work: InstanceWork) => {
      this.requireReleased(work);
      if (work.from.version !== work.to.version) this.servers.get(work.url)?.loaded.delete(work.from.version);
      return Promise.resolve();
    },
  };

  private readonly instances = {
    ready: (url: string, { version }: { version: string }) => {
      const server = this.servers.get(url) as Server;
      const good = !server.dead && server.loaded.has(version) && !server.refuses.has(version);
      return Promise.resolve({ good, detail: good ? 'ready' : 'not ready' });
    },
    warm: () => Promise.resolve({ good: true, detail: '' }),
  };

  /** Work that is still wanted; what an earlier process left under way may come when its instance serves again, and loads what is there already. */
  private requireReleased(work: InstanceWork): void {
    const { state } = this.rollout();
    const fleet = 'at' in state && state.at ? state.at.fleet : undefined;
    const present = fleet?.instances.find(({ url }) => url === work.url);
    if (!present || present.phase !== work.phase || !('since' in present) || present.since !== work.since) return;
    for (const [name, { policy }] of this.routers)
      if (listed(policy).some(({ url }) => url === work.url))
        this.fail(`${work.url} is touched while ${name} may choose it by revision ${policy?.revision}`);
  }

  private check(): void {
    const { policies, audit } = this.store.tables;
    const rollout = this.rollout();
    for (; this.policiesSeen < policies.length; this.policiesSeen += 1)
      if (policies[this.policiesSeen]?.revision !== this.policiesSeen + 1) this.fail('revisions have a gap');
    const moves = audit.filter((entry) => entry.rollout === rollout.id);
    for (; this.movesSeen < moves.length; this.movesSeen += 1) {
      const { revision, reason, actor, action, from, to } = moves[this.movesSeen] as AuditEntry;
      if (revision !== this.movesSeen + 1) this.fail(`revision ${revision} is not written down once`);
      if (reason === '' || actor === '' || action === '') this.fail('a move without its cause');
      const legal = from === null || (nextPhases[from.state] ?? []).includes(to?.state ?? '');
      if (!legal) this.fail(`${from?.state} to ${to?.state} by ${action}`);
    }
    if (moves.length !== rollout.revision) this.fail(`${moves.length} moves of ${rollout.revision} are written down`);
    const weights = Object.values(weightsOf(rollout));
    if (weights.reduce((sum, bps) => sum + bps, 0) !== 10_000) this.fail(`weights ${weights.join('+')}`);
    this.checkPolicy(policies.at(-1) as PolicyPublished, rollout);
    for (const [, { policy }] of this.routers) if (policy) this.checkServed(policy);
  }

  private checkPolicy(policy: PolicyPublished, rollout: Rollout): void {
    const arms = policy.slices.flatMap(({ arms: weights }) => Object.entries(weights).filter(([, bps]) => bps > 0));
    for (const version of [policy.stable, ...arms.map(([name]) => name)])
      if (!listed(policy).some((each) => each.version === version)) this.fail(`${version} has traffic and no instance`);
    const { phase } = rollout.state;
    if (!serves(rollout.state) && phase !== 'rolling-back' && policy.slices.length > 0)
      this.fail(`a ${phase} rollout has a slice`);
    const stage = rollout.spec.stages.at(-1);
    if (stage?.kind !== 'rolling') return;
    const declared = Object.values(policy.versions).flatMap(({ instances }) => instances.map(({ url }) => url));
    const fleet = [...this.servers.keys()].slice(0, -1).filter((url) => declared.includes(url));
    const inService = listed(policy).map(({ url }) => url);
    const able = fleet.filter((url) => inService.includes(url) || this.broken.has(url)).length;
    const least = fleet.length - mostUnavailable(stage.maxUnavailable, fleet.length);
    if (able < least) this.fail(`${able} of ${fleet.length} in service, at least ${least} were asked for`);
  }

  /** What a router may choose has the version that it is chosen for. */
  private checkServed(policy: PolicyPublished): void {
    for (const { url, version } of listed(policy)) {
      const server = this.servers.get(url) as Server;
      if (!server.loaded.has(version) && !this.broken.has(url))
        this.fail(`${url} is in service with ${version}, which it does not have`);
    }
  }

  /** The world is well again: every rollout comes to an end, or to a person who has stopped it. */
  private async calm(): Promise<void> {
    for (const router of this.routers.values()) router.isSilent = false;
    for (const server of this.servers.values()) {
      server.dead = false;
      server.refuses.clear();
    }
    const { id } = this.rollout();
    for (let round = 0; round < 400 && !this.isOver(); round += 1) {
      this.nowMs += 2_500;
      const { state } = this.rollout();
      for (const name of this.routers.keys()) {
        (this.routers.get(name) as Router).policy = this.store.tables.policies.at(-1);
        this.hear(name);
      }
      if (state.phase === 'paused') await this.tell('resume');
      if (state.phase === 'rolling-back' && round % 50 === 49) await this.tell('retry');
      await this.byHand();
      await this.look();
      for (const work of await (this.controllers[0] as RollInstances).step(id))
        await (this.controllers[0] as RollInstances).work(work);
      await this.settle();
      await new ReleaseBlue(this.store, this.clock, this.mover).release();
      this.check();
    }
    if (!this.isOver()) this.fail(`it never ends: ${JSON.stringify(this.rollout().state)}`);
  }

  /** A person updates what is to be updated, and says so. */
  private async byHand(): Promise<void> {
    const { state } = this.rollout();
    const fleet = 'at' in state && state.at ? state.at.fleet : undefined;
    for (const each of fleet?.instances ?? [])
      if (each.phase === 'updating') this.servers.get(each.url)?.loaded.add(each.to);
    await this.tell('approve');
  }

  private async tell(action: RolloutAction): Promise<void> {
    const command = { rollout: this.rollout().id, action, reason: 'by hand' };
    await this.survive(
      async () => void (await this.store.transaction((tx) => this.mover.command(tx, command, caller))),
    );
  }

  isOver(): boolean {
    const { state } = this.rollout();
    if (state.phase === 'completed' && state.keptUntil !== undefined) return false;
    return ['completed', 'rolled-back', 'superseded'].includes(state.phase);
  }

  private fail(problem: string): never {
    const story = this.store.tables.audit.map(
      ({ at, action, to, reason }) => `${at} ${action} ${to?.state}: ${reason}`,
    );
    throw new Error(`seed ${this.seed}: ${problem}\n${story.slice(-12).join('\n')}`);
  }

  private pick(count: number): number {
    return Math.floor(this.draw() * count);
  }

  private one<T>(all: readonly T[]): T {
    return all[this.pick(all.length)] as T;
  }
}

function listed(policy: PolicyPublished | undefined): { url: string; version: string }[] {
  return Object.entries(policy?.versions ?? {}).flatMap(([version, { instances }]) =>
    instances.flatMap(({ url, state }) => (state === 'in-service' ? [{ url, version }] : [])),
  );
}

/** All of the traffic, or all but a control, goes to green by it. */
function isGreens({ state, spec }: Rollout): boolean {
  if (state.phase === 'completed') return true;
  return serves(state) && spec.stages[state.at.stage]?.kind === 'blueGreen' && switchStepOf(state.at) === 'bake';
}

const nextPhases: Readonly<Record<string, readonly string[]>> = {
  running: ['running', 'paused', 'rolling-back', 'completed', 'superseded'],
  paused: ['running', 'paused', 'rolling-back', 'completed', 'superseded'],
  'rolling-back': ['rolling-back', 'rolled-back', 'running'],
  'rolled-back': ['running', 'completed'],
  completed: ['completed'],
  superseded: [],
};
