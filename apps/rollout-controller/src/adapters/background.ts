// What runs beside the requests: the outbox's relay, the end of rollbacks, the look at Postgres.
import { type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { type OutboxRelay } from '@weir/bus';
import { type Health, type Logger } from '@weir/service';
import { type DataSource } from 'typeorm';
import { type ReleaseBlue } from '../release-blue';
import { type SettleRollbacks } from '../settle-rollbacks';
import { prunePairs } from './postgres/postgres-pairs';

const everyMs = 1_000;
const tidyEveryMs = 3_600_000;

export interface BackgroundParts {
  readonly dataSource: DataSource;
  readonly relay: OutboxRelay;
  readonly rollbacks: SettleRollbacks;
  readonly releases: ReleaseBlue;
  readonly health: Health;
  readonly logger: Logger;
  /** Ends what else is open: the producer. */
  readonly closing: () => Promise<void>;
}

export class Background implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private tidyAtMs = 0;
  private round: Promise<void> | undefined;

  constructor(private readonly parts: BackgroundParts) {}

  onApplicationBootstrap(): void {
    this.parts.relay.start();
    this.wake();
    this.timer = setInterval(() => this.wake(), everyMs);
  }

  /** Looks at once; a look under way is enough. */
  wake(): void {
    this.round ??= this.look().finally(() => (this.round = undefined));
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
  }

  /** After the last request and the last chunk: what they committed is published before the pool ends. */
  async onApplicationShutdown(): Promise<void> {
    await this.parts.relay.stop();
    await this.parts.closing();
    await this.parts.dataSource.destroy();
  }

  private async look(): Promise<void> {
    try {
      await this.parts.dataSource.query('select 1');
      this.parts.health.set('postgres', true);
      await this.parts.rollbacks.settle();
      await this.parts.releases.release();
      await this.tidy();
    } catch (error) {
      this.parts.health.set('postgres', false, 'does not answer');
      this.parts.logger.warn({ err: error }, 'the look at rollbacks failed');
    }
  }

  /** An Idempotency-Key is remembered for a week, a window of pairs for an hour after it was judged. */
  private async tidy(): Promise<void> {
    if (performance.now() < this.tidyAtMs) return;
    this.tidyAtMs = performance.now() + tidyEveryMs;
    await this.parts.dataSource.query("delete from stored_answer where at < now() - interval '7 days'");
    await prunePairs(this.parts.dataSource);
  }
}
