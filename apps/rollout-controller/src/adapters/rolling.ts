// Keeps rolling updates going: each rollout is looked at twice a second, each of its instances worked on beside the others.
import { type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Logger } from '@weir/service';
import { type InstanceWork } from '../domain/instance-work';
import { type Store } from '../ports';
import { type RollInstances } from '../roll-instances';

const everyMs = 500;

export interface RollingParts {
  readonly store: Store;
  readonly rolls: Pick<RollInstances, 'step' | 'work'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Of what is open beside it. */
  readonly lifetime: { start(): void; stop(): void };
}

export class Rolling implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private round: Promise<void> | undefined;
  private readonly underWay = new Map<string, Promise<unknown>>();
  /** Said once, not twice a second. */
  private trouble = '';

  constructor(private readonly parts: RollingParts) {}

  onApplicationBootstrap(): void {
    this.parts.lifetime.start();
    this.timer = setInterval(() => this.wake(), everyMs);
  }

  wake(): void {
    if (this.ended) return;
    this.round ??= this.attempt(() => this.stepAll()).finally(() => (this.round = undefined));
  }

  /** What is under way is left to its own time limits: the next process asks for it again. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.ended = true;
    await this.round;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, 2_000)));
    await Promise.race([Promise.allSettled(this.underWay.values()), over]);
    clearTimeout(timer);
    this.parts.lifetime.stop();
  }

  private async stepAll(): Promise<void> {
    const { store, rolls } = this.parts;
    for (const { id } of await store.read.rollouts.moving()) for (const work of await rolls.step(id)) this.begin(work);
  }

  private begin(work: InstanceWork): void {
    const key = `${work.rollout} ${work.url} ${work.kind}`;
    if (this.underWay.has(key)) return;
    const working = this.attempt(async () => {
      if (await this.parts.rolls.work(work)) this.wake();
    }).finally(() => this.underWay.delete(key));
    this.underWay.set(key, working);
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.trouble = '';
    } catch (error) {
      if (this.trouble !== String(error))
        this.parts.logger.warn({ err: error }, 'a rolling update could not be looked at');
      this.trouble = String(error);
    }
  }
}
