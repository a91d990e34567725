// What the comparator is made of.
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard, OpenGuard, probeDatabase, RunSweeps, Sweeps, type LedgerService, type Task } from '@weir/service';
import { type UseCases } from './adapters/compose-use-cases';
import { ComparisonsController, READS } from './adapters/http/comparisons.controller';
import { SHADOWED, ShadowedController } from './adapters/http/shadowed.controller';
import { ComparatorConsumer } from './adapters/kafka/comparator-consumer';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { PostgresShadowed } from './adapters/postgres/postgres-shadowed';
import { ComparePredictions } from './compare-prediction';
import { type ComparatorConfig } from './config';
import { JudgeOutcomes } from './judge-outcomes';

const LIFECYCLE = Symbol('lifecycle');

@Module({})
export class AppModule {
  static with(
    config: ComparatorConfig,
    infrastructure: LedgerService,
    cases: UseCases,
    close: () => Promise<void>,
  ): DynamicModule {
    const { dataSource, keys, logger, relay } = infrastructure;
    const Guard = config.readAuth === 'required' ? ApiKeyGuard : OpenGuard;
    const sweeps = new Sweeps(tasksOf(cases, infrastructure), logger);
    return {
      module: AppModule,
      controllers: [ComparisonsController, ShadowedController, ComparatorConsumer],
      providers: [
        { provide: ComparePredictions, useValue: cases.compare },
        { provide: JudgeOutcomes, useValue: cases.judge },
        { provide: READS, useValue: new PostgresReads(dataSource) },
        { provide: SHADOWED, useValue: new PostgresShadowed(dataSource) },
        { provide: APP_GUARD, useValue: new Guard(keys) },
        { provide: LIFECYCLE, useValue: new RunSweeps(sweeps, () => relay.start(), close) },
      ],
    };
  }
}

function tasksOf({ days, publish }: UseCases, infrastructure: LedgerService): Task[] {
  return [
    { name: 'age', everyMs: 600_000, run: () => days.drop() },
    { name: 'evidence', everyMs: 1_000, run: () => publish.sweep() },
    { name: 'database', everyMs: 2_000, run: () => probeDatabase(infrastructure.dataSource, infrastructure.health) },
  ];
}
