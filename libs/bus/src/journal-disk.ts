// The disk under the journal: its own folder, those it adopts, and what to do when it cannot be written.
import { basename, join } from 'node:path';
import { describeError, type BusLogger } from './bus-logger';
import { adopt, beat, forgetOwner, makeOwner, type Owner } from './journal-folder';
import { type Owed } from './journal-queue';
import { JournalStore, type Stretch } from './journal-store';

const beatEveryMs = 2_000;

export class JournalDisk {
  usable = false;
  private owner: Owner | undefined;
  private own: JournalStore | undefined;
  private readonly adopted: JournalStore[] = [];
  private complained = false;
  private triedAtMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly root: string,
    private readonly segmentBytes: number,
    private readonly retryEveryMs: number,
    private readonly logger: BusLogger,
  ) {}

  /** `again` is called every few seconds: a neighbour may have died since. */
  async open(again: () => Promise<void>): Promise<void> {
    await this.settleIn();
    this.timer = setInterval(() => void this.sayAlive().then(again), beatEveryMs);
    this.timer.unref();
  }

  /** The journals of processes that are gone, as work to do before anything else. */
  async adopt(): Promise<Owed[]> {
    if (!this.owner) return [];
    const owed: Owed[] = [];
    try {
      for (const folder of await adopt(this.root, this.owner)) {
        const store = new JournalStore(folder, this.segmentBytes, true);
        const stretches = await store.leftovers();
        if (stretches.length === 0) await store.removeFolder();
        else this.adopted.push(store);
        if (stretches.length > 0)
          this.logger.info(
            { folder: basename(folder), bytes: total(stretches) },
            'the journal of an earlier process is replayed',
          );
        owed.push(...stretches.map((stretch) => ({ bytes: stretch.to - stretch.from, place: { store, stretch } })));
      }
    } catch (error) {
      this.complain(error);
    }
    return owed;
  }

  /** Where the frames are now, or undefined when the disk cannot be written. */
  async append(frames: Buffer, sync: boolean): Promise<Owed['place']> {
    if (!this.usable && performance.now() - this.triedAtMs < this.retryEveryMs) return undefined;
    if (!this.own) await this.settleIn();
    const store = this.own;
    if (!store) return undefined;
    try {
      const stretch = await store.append(frames, sync);
      this.recover();
      return { store, stretch };
    } catch (error) {
      this.complain(error);
      return undefined;
    }
  }

  /** `empty`: Kafka has everything, nothing is kept. */
  async close(empty: boolean): Promise<void> {
    clearInterval(this.timer);
    const stores = [...this.adopted, ...(this.own ? [this.own] : [])];
    await Promise.allSettled(stores.map((store) => (empty ? store.removeFolder() : store.close())));
    if (this.owner) forgetOwner(this.owner);
  }

  private async settleIn(): Promise<void> {
    this.triedAtMs = performance.now();
    try {
      this.owner = await makeOwner(this.root);
      this.own = new JournalStore(join(this.root, this.owner), this.segmentBytes);
      this.recover();
    } catch (error) {
      this.complain(error);
    }
  }

  private async sayAlive(): Promise<void> {
    if (!this.owner) return;
    try {
      await beat(this.root, this.owner);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.own = undefined; // somebody removed the folder: begin another
      this.complain(error);
    }
  }

  private recover(): void {
    if (this.complained) this.logger.info({ directory: this.root }, 'the event journal is on disk again');
    this.complained = false;
    this.usable = true;
  }

  private complain(error: unknown): void {
    this.usable = false;
    this.triedAtMs = performance.now();
    if (this.complained) return;
    this.complained = true;
    this.logger.error(
      { directory: this.root, error: describeError(error) },
      'the event journal cannot be written and goes on in memory',
    );
  }
}

function total(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}
