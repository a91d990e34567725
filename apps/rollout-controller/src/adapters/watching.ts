// Keeps the asking of greens going, beside the judging: an instance that does not answer holds up nobody.
import { type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Logger } from '@weir/service';
import { type Store } from '../ports';
import { type WatchGreen } from '../watch-green';

const everyMs = 500;

export interface WatchingParts {
  readonly store: Store;
  readonly greens: Pick<WatchGreen, 'ask'>;
  /** Looks at these rollouts: there is something new. */
  readonly judge: (ids: readonly string[]) => void;
  readonly logger: Pick<Logger, 'warn'>;
  /** Of what is open beside it. */
  readonly lifetime: { start(): void; stop(): void };
}

export class Watching implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private readonly underWay = new Map<string, Promise<void>>();
  /** Said once, not twice a second. */
  private trouble = '';

  constructor(private readonly parts: WatchingParts) {}

  onApplicationBootstrap(): void {
    this.parts.lifetime.start();
    this.timer = setInterval(() => this.begin(), everyMs);
  }

  /** An asking is over within its time limit. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    await Promise.all(this.underWay.values());
    this.parts.lifetime.stop();
  }

  private begin(): void {
    this.round ??= this.attempt(() => this.askAll()).finally(() => (this.round = undefined));
  }

  private async askAll(): Promise<void> {
    const { store, greens, judge } = this.parts;
    for (const rollout of await store.read.rollouts.serving()) {
      const { id } = rollout;
      if (this.underWay.has(id)) continue;
      const asking = this.attempt(async () => {
        if (await greens.ask(rollout)) judge([id]);
      }).finally(() => this.underWay.delete(id));
      this.underWay.set(id, asking);
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.trouble = '';
    } catch (error) {
      if (this.trouble !== String(error)) this.parts.logger.warn({ err: error }, 'a green could not be asked');
      this.trouble = String(error);
    }
  }
}
