// What the allocator is made of.
import { type DynamicModule, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard, OpenGuard, Sweeps, type Task } from '@weir/service';
import { type UseCases } from './adapters/compose-use-cases';
import { BanditsController, READS } from './adapters/http/bandits.controller';
import { type Infrastructure } from './adapters/infrastructure';
import { AllocatorConsumer } from './adapters/kafka/allocator-consumer';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { dropOutcomes } from './adapters/postgres/postgres-transactions';
import { group, type AllocatorConfig } from './config';
import { LearnOutcomes } from './learn-outcomes';

const LIFECYCLE = Symbol('lifecycle');

@Module({})
export class AppModule {
  static with(
    config: AllocatorConfig,
    infrastructure: Infrastructure,
    cases: UseCases,
    close: () => Promise<void>,
  ): DynamicModule {
    const { dataSource, keys, logger, relay } = infrastructure;
    const Guard = config.readAuth === 'required' ? ApiKeyGuard : OpenGuard;
    const sweeps = new Sweeps(tasksOf(cases, infrastructure, config), logger);
    return {
      module: AppModule,
      controllers: [BanditsController, AllocatorConsumer],
      providers: [
        { provide: LearnOutcomes, useValue: cases.learn },
        { provide: READS, useValue: new PostgresReads(dataSource, group) },
        { provide: APP_GUARD, useValue: new Guard(keys) },
        { provide: LIFECYCLE, useValue: new Lifecycle(sweeps, () => relay.start(), close) },
      ],
    };
  }
}

function tasksOf({ allocate }: UseCases, infrastructure: Infrastructure, { retentionDays }: AllocatorConfig): Task[] {
  return [
    { name: 'allocate', everyMs: 500, run: () => allocate.sweep() },
    { name: 'age', everyMs: 60_000, run: () => dropOutcomes(infrastructure.dataSource, retentionDays) },
    { name: 'database', everyMs: 2_000, run: () => probe(infrastructure) },
  ];
}

/** Starts what runs by itself, and closes everything after the consumers have stopped. */
class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
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

async function probe({ dataSource, health }: Infrastructure): Promise<void> {
  try {
    await dataSource.query('select 1');
    health.set('postgres', true);
  } catch {
    health.set('postgres', false, 'cannot be reached');
  }
}
