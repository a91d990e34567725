// What the allocator is made of.
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard, OpenGuard, probeDatabase, RunSweeps, Sweeps, type LedgerService, type Task } from '@weir/service';
import { type UseCases } from './adapters/compose-use-cases';
import { BanditsController, READS } from './adapters/http/bandits.controller';
import { AllocatorConsumer, LOOK } from './adapters/kafka/allocator-consumer';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { dropOutcomes } from './adapters/postgres/postgres-transactions';
import { group, type AllocatorConfig } from './config';
import { LearnOutcomes } from './learn-outcomes';
import { RebuildBandits } from './rebuild-bandits';

const LIFECYCLE = Symbol('lifecycle');

@Module({})
export class AppModule {
  static with(
    config: AllocatorConfig,
    infrastructure: LedgerService,
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
        { provide: RebuildBandits, useValue: cases.rebuild },
        { provide: LOOK, useValue: () => sweeps.hurry('allocate') },
        { provide: READS, useValue: new PostgresReads(dataSource, group) },
        { provide: APP_GUARD, useValue: new Guard(keys) },
        { provide: LIFECYCLE, useValue: new RunSweeps(sweeps, () => relay.start(), close) },
      ],
    };
  }
}

function tasksOf({ allocate }: UseCases, infrastructure: LedgerService, { retentionDays }: AllocatorConfig): Task[] {
  return [
    { name: 'allocate', everyMs: 250, run: () => allocate.sweep() },
    { name: 'age', everyMs: 60_000, run: () => dropOutcomes(infrastructure.dataSource, retentionDays) },
    { name: 'database', everyMs: 2_000, run: () => probeDatabase(infrastructure.dataSource, infrastructure.health) },
  ];
}
