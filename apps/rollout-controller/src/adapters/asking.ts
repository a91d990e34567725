// Keeps the asking of queries going, beside the judging of evidence: a server that does not answer holds up nobody.
import { type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Logger } from '@weir/service';
import { type AskQueries } from '../ask-queries';
import { type Rollout } from '../domain/rollout';
import { type Store } from '../ports';

const everyMs = 1_000;

export class Asking implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private readonly underWay = new Map<string, Promise<void>>();
  /** Said once, not every second. */
  private trouble = '';

  /** @param judge looks at these rollouts: there is something new. */
  constructor(
    private readonly store: Store,
    private readonly queries: Pick<AskQueries, 'ask'>,
    private readonly judge: (ids: readonly string[]) => void,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.begin(), everyMs);
  }

  /** An asking is over within its time limit. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    await Promise.all(this.underWay.values());
  }

  private begin(): void {
    this.round ??= this.attempt(() => this.askAll()).finally(() => (this.round = undefined));
  }

  private async askAll(): Promise<void> {
    for (const rollout of await this.store.read.rollouts.serving()) {
      if (this.underWay.has(rollout.id)) continue;
      const asking = this.attempt(() => this.ask(rollout)).finally(() => this.underWay.delete(rollout.id));
      this.underWay.set(rollout.id, asking);
    }
  }

  private async ask(rollout: Rollout): Promise<void> {
    if (await this.queries.ask(rollout)) this.judge([rollout.id]);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.trouble = '';
    } catch (error) {
      if (this.trouble !== String(error)) this.logger.warn({ err: error }, 'queries could not be asked');
      this.trouble = String(error);
    }
  }
}
