// What a service of sweeps does when its consumers begin, and after they have stopped.
import { type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { type Health } from './health';
import { type Sweeps } from './sweeps';

/** Starts what runs by itself, and closes everything after the consumers have stopped. */
export class RunSweeps implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly sweeps: Sweeps,
    private readonly start: () => void,
    private readonly close: () => Promise<void>,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
    this.sweeps.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sweeps.stop();
    await this.close();
  }
}

/** For a sweep: tells `health` whether Postgres answers. Never rejects. */
export async function probeDatabase(dataSource: Pick<DataSource, 'query'>, health: Health): Promise<void> {
  try {
    await dataSource.query('select 1');
    health.set('postgres', true);
  } catch {
    health.set('postgres', false, 'cannot be reached');
  }
}
