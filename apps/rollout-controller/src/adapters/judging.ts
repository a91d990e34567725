// Keeps the judging of rollouts going: at once when evidence has come, and by the clock for what time alone moves.
import { type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Logger } from '@weir/service';
import { type JudgeRollouts } from '../judge-rollouts';
import { type Store, type TornWatch } from '../ports';

const everyMs = 500;

export class Judging implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private readonly wanted = new Set<string>();
  private all = false;
  private ended = false;
  /** What went wrong last, by rollout: said once, not twice a second. */
  private readonly troubles = new Map<string, string>();

  constructor(
    private readonly store: Store,
    private readonly rollouts: Pick<JudgeRollouts, 'look'>,
    private readonly watch: Pick<TornWatch, 'only'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), everyMs);
  }

  /** Looks at these rollouts as soon as the round under way allows; without a name at all that serve. */
  wake(ids?: readonly string[]): void {
    if (this.ended) return;
    if (ids) for (const id of ids) this.wanted.add(id);
    else this.all = true;
    this.round ??= this.rounds();
  }

  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    clearInterval(this.timer);
    await this.round;
  }

  private async rounds(): Promise<void> {
    while (!this.ended && (this.all || this.wanted.size > 0)) {
      const named = [...this.wanted];
      this.wanted.clear();
      for (const id of named) await this.attempt(id, () => this.rollouts.look(id));
      if (this.wanted.size > 0 || !this.all) continue;
      this.all = false;
      await this.attempt('', async () => {
        const serving = (await this.store.read.rollouts.serving()).map(({ id }) => id);
        this.watch.only(serving);
        for (const id of serving) await this.attempt(id, () => this.rollouts.look(id));
      });
    }
    this.round = undefined; // in the same turn as the last look at what is wanted
  }

  /** One rollout that cannot be judged is not in the way of the others; it is tried again with the next round. */
  private async attempt(id: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.troubles.delete(id);
    } catch (error) {
      const text = String(error);
      if (this.troubles.get(id) !== text)
        this.logger.warn({ err: error, ...(id === '' ? {} : { rollout: id }) }, 'a look at evidence failed');
      this.troubles.set(id, text);
    }
  }
}
