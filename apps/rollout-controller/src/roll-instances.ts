// A rolling update goes on: instances are updated, asked and warmed up outside of any lock; what that shows moves the rollout under the model's.
import { type AdvanceRollout } from './advance-rollout';
import { advance } from './domain/advance';
import { appliedRevision } from './domain/applied';
import { workOf, type InstanceWork } from './domain/instance-work';
import { type Model } from './domain/model';
import { planOf } from './domain/plan';
import { type FleetSeen, type Report } from './domain/roll-fleet';
import { isReturning, serves, type Rollout } from './domain/rollout';
import { lockRollout } from './lock-rollout';
import { type Clock, type Instances, type RecordedRequests, type Store, type Tx, type Updater } from './ports';

export interface Hands {
  readonly updater: Updater;
  readonly instances: Instances;
  readonly requests: RecordedRequests;
}

/** Not ready is said after so many askings in a row: one may be lost. */
const askedTwice = 2;

interface Heard {
  readonly unreadyInARow: number;
  readonly detail: string;
}

export class RollInstances {
  /** What instances were last heard to say, by rollout and URL. Lost with the process: it is asked anew. */
  private readonly heard = new Map<string, Map<string, Heard>>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mover: AdvanceRollout,
    private readonly hands: Hands,
  ) {}

  /** Moves a rollout as far as routers, time and what is known of its instances allow; what is to be done for these then. */
  async step(id: string): Promise<InstanceWork[]> {
    const { read } = this.store;
    const rollout = await read.rollouts.find(id);
    const model = rollout && (await read.models.find(rollout.model));
    if (!rollout || !model) return [];
    if (!serves(rollout.state) && !isReturning(rollout.state)) {
      this.heard.delete(id);
      return [];
    }
    const seen = await this.see(read, model, rollout, []);
    const now = this.clock.now();
    const hasCause = advance(rollout.state, { kind: 'fleet', seen }, planOf(rollout.spec), now).kind === 'moved';
    if (!hasCause) return workOf(rollout, model);
    await this.report(id, []);
    return this.step(id);
  }

  /** One instance's: it is done, and what came of it is told. True where that has moved the rollout. */
  async work(work: InstanceWork): Promise<boolean> {
    const report = await this.hand(work);
    return report !== undefined && (await this.report(work.rollout, [report]));
  }

  private async report(id: string, reports: readonly Report[]): Promise<boolean> {
    return this.store.transaction(async (tx) => {
      const { model, rollout } = await lockRollout(tx, id);
      const seen = await this.see(tx, model, rollout, reports);
      return (await this.mover.fleet(tx, model, rollout, seen)) !== undefined;
    });
  }

  /** Undefined: nothing that moves anything. */
  private async hand(work: InstanceWork): Promise<Report | undefined> {
    switch (work.kind) {
      case 'update':
        return this.update(work);
      case 'prepare':
        return this.prepare(work);
      case 'watch':
        return this.watch(work);
    }
  }

  private async update(work: InstanceWork): Promise<Report | undefined> {
    const answer = await this.hands.updater.update(work);
    if (answer.kind === 'done') return reportOf(work, 'done', '');
    this.note(work, false, answer.detail);
    return answer.kind === 'refused' ? reportOf(work, 'refused', answer.detail) : undefined;
  }

  private async prepare(work: InstanceWork): Promise<Report | undefined> {
    const { instances, updater, requests } = this.hands;
    const { url, to, stage, model } = work;
    const ready = await instances.ready(url, to);
    this.note(work, ready.good, ready.detail);
    if (!ready.good) return undefined;
    const recorded = stage.warmup > 0 ? await requests.latest(model, stage.warmup) : [];
    let failed = 0;
    for (const request of recorded) if (!(await instances.warm(url, to, request)).good) failed += 1;
    const isBad = failed > 0 && failed >= recorded.length / 2;
    if (isBad) this.note(work, false, `${failed} of ${recorded.length} requests failed in the warm-up`);
    if (isBad) return undefined;
    await updater.release(work);
    return reportOf(work, 'done', `warmed up by ${recorded.length} requests`);
  }

  private async watch(work: InstanceWork): Promise<Report | undefined> {
    const { good, detail } = await this.hands.instances.ready(work.url, work.to);
    this.note(work, good, detail);
    return work.phase && reportOf(work, good ? 'done' : 'unready', detail);
  }

  private note({ rollout, url }: InstanceWork, good: boolean, detail: string): void {
    const known = this.heard.get(rollout) ?? new Map<string, Heard>();
    this.heard.set(rollout, known);
    known.set(url, { unreadyInARow: good ? 0 : (known.get(url)?.unreadyInARow ?? 0) + 1, detail });
  }

  private async see(
    read: Pick<Tx, 'routers'>,
    { manifest }: Model,
    rollout: Rollout,
    reports: readonly Report[],
  ): Promise<FleetSeen> {
    const applied = appliedRevision(await read.routers.serving(), rollout.model) ?? Infinity;
    const heard = [...(this.heard.get(rollout.id) ?? [])];
    const [candidate = ''] = rollout.spec.candidates;
    const { baseline } = rollout;
    return {
      urls: manifest.versions[baseline]?.instances ?? [],
      baseline,
      own: manifest.versions[candidate]?.instances.length ?? 0,
      timeoutMs: manifest.timeoutMs,
      applied: applied >= rollout.policyRevision,
      unready: heard.filter(([, { unreadyInARow }]) => unreadyInARow >= askedTwice).map(([url]) => url),
      reports,
      details: Object.fromEntries(heard.map(([url, { detail }]) => [url, detail])),
    };
  }
}

function reportOf({ url, phase, since }: InstanceWork, kind: Report['kind'], detail: string): Report | undefined {
  return phase && { url, phase, since, kind, detail };
}
