// All workers of a router together: started, supplied, watched, heard, ended.
import { type Logger, type Reports } from '@weir/service';
import { type GatherPorts, type GatherReports } from './gather-reports';
import { type SupplyWorkers } from './supply-workers';
import { watchWorkers, type Watched } from './watch-workers';
import { WorkerPool, type Worker } from './worker-pool';

interface Member extends Watched {
  serves: boolean;
  drained: boolean;
}

/** One life of one place: its counts are its own. */
const nameOf = ({ worker, place }: Watched): string => `${place} (${worker.pid})`;

export class Crew {
  private readonly members = new Map<Worker, Member>();
  private readonly pool: WorkerPool;
  private readonly reports: GatherReports;
  private readonly firstServes: Promise<void>;
  private begin: () => void = () => undefined;
  private noteDrained: () => void = () => undefined;
  private unwatch: () => void = () => undefined;

  constructor(
    private readonly workers: number,
    fork: (place: number) => Worker,
    private readonly supply: SupplyWorkers,
    private readonly logger: Logger,
    reports: (ports: Pick<GatherPorts, 'serving' | 'missing'>) => GatherReports,
  ) {
    this.firstServes = new Promise((resolve) => (this.begin = resolve));
    this.reports = reports({
      serving: () => this.those('serves').map((member) => ({ name: nameOf(member), peer: member.worker.peer })),
      missing: () => this.missing(),
    });
    this.pool = new WorkerPool(
      { fork, began: (worker, place) => this.began(worker, place), ended: (worker) => this.ended(worker) },
      logger,
      { workers },
    );
  }

  get serving(): number {
    return this.those('serves').length;
  }

  get restarts(): number {
    return this.pool.restarts;
  }

  /** Resolves when the first worker serves; rejects when one ends before. */
  async start(): Promise<void> {
    await Promise.race([this.pool.start(), this.firstServes]);
    this.unwatch = watchWorkers(() => [...this.members.values()], this.logger);
  }

  /** Resolves when no worker answers predictions any more. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.noteDrained = () => {
        if ([...this.members.values()].every(({ drained }) => drained)) resolve();
      };
      this.noteDrained();
    });
  }

  /** Resolves when all have ended. */
  async stop(withinMs: number): Promise<void> {
    this.unwatch();
    await this.pool.stop(withinMs);
  }

  private began(worker: Worker, place: number): void {
    const member: Member = { worker, place, forkedAtMs: performance.now(), serves: false, drained: false };
    this.members.set(worker, member);
    worker.peer.onTell('begun', () => this.supply.join(worker.peer));
    void worker.listens.then(() => {
      member.serves = true;
      this.pool.served();
      this.begin();
    });
    worker.peer.onTell('drained', () => {
      member.drained = true;
      this.noteDrained();
    });
    worker.peer.onAsk('reports', (what) => this.reports[what as keyof Reports]());
  }

  private ended(worker: Worker): void {
    const member = this.members.get(worker);
    this.members.delete(worker);
    this.supply.leave(worker.peer);
    if (member) void this.reports.ended(nameOf(member));
    this.noteDrained();
  }

  private those(state: 'serves'): Member[] {
    return [...this.members.values()].filter((member) => member[state] && !member.drained);
  }

  private missing(): number[] {
    const serving = new Set(this.those('serves').map(({ place }) => place));
    return Array.from({ length: this.workers }, (_, index) => index + 1).filter((place) => !serving.has(place));
  }
}
