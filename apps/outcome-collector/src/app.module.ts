// What the collector is made of.
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { outcomeReported, predictionDecided, predictionReported, predictionServed } from '@weir/contracts';
import { ApiKeyGuard, OpenGuard, probeDatabase, RunSweeps, Sweeps, type Task } from '@weir/service';
import { composeUseCases, publishEveryMs, type UseCases } from './adapters/compose-use-cases';
import { LOGGED, LoggedController } from './adapters/http/logged.controller';
import { OutcomesController } from './adapters/http/outcomes.controller';
import { READS, RecordsController } from './adapters/http/records.controller';
import { type Infrastructure } from './adapters/infrastructure';
import { CollectorConsumer } from './adapters/kafka/collector-consumer';
import { IntakeWatermark } from './adapters/kafka/intake-watermark';
import { PolicyWatermark } from './adapters/kafka/policy-watermark';
import { PostgresLogged } from './adapters/postgres/postgres-logged';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { RecentDecisions } from './adapters/recent-decisions';
import { CachedDecisions } from './adapters/redis/cached-decisions';
import { type CollectorConfig } from './config';
import { FollowPolicy } from './follow-policy';
import { RecordPredictions } from './record-prediction';
import { ReportOutcomes } from './report-outcome';
import { SettleDecided } from './settle-decided';

/** Most outcomes come within the hour; for the others the database is asked. */
const cacheTtlMs = 3_600_000;

const LIFECYCLE = Symbol('lifecycle');

@Module({})
export class AppModule {
  static async with(config: CollectorConfig, infrastructure: Infrastructure): Promise<DynamicModule> {
    const { dataSource, ledger, relay, bus, logger, keys } = infrastructure;
    const reads = new PostgresReads(dataSource);
    const watermarkOf = (...topics: string[]) =>
      new IntakeWatermark({ ...bus, ledger, logger }, topics, () => reads.nowMs());
    const applied = watermarkOf(predictionServed.topic, outcomeReported.topic);
    const decidedApplied = watermarkOf(predictionDecided.topic, predictionReported.topic);
    const policiesApplied = new PolicyWatermark({ ...bus, ledger, logger }, () => performance.now());
    const decisions = cacheOf(infrastructure, await reads.installation());
    const clock = { retentionDays: config.retentionDays, nowMs: () => Date.now(), steadyMs: () => performance.now() };
    const cases = composeUseCases({
      ...clock,
      dataSource,
      ledger,
      decisions,
      applied,
      decidedApplied,
      policiesApplied,
      wake: () => relay.wake(),
    });
    const sweeps = new Sweeps(tasksOf(cases, infrastructure), logger);
    const close = async (): Promise<void> => {
      for (const watermark of [applied, decidedApplied, policiesApplied]) await watermark.close();
      await infrastructure.close();
    };
    const Guard = config.producerAuth === 'required' ? ApiKeyGuard : OpenGuard;
    return {
      module: AppModule,
      controllers: [OutcomesController, RecordsController, LoggedController, CollectorConsumer],
      providers: [
        { provide: FollowPolicy, useValue: cases.policies },
        { provide: RecordPredictions, useValue: cases.predictions },
        { provide: ReportOutcomes, useValue: cases.outcomes },
        { provide: SettleDecided, useValue: cases.decided },
        ...readsOf(reads, new PostgresLogged(dataSource, config.retentionDays)),
        { provide: APP_GUARD, useValue: new Guard(keys) },
        { provide: LIFECYCLE, useValue: new RunSweeps(sweeps, () => relay.start(), close) },
      ],
    };
  }
}

function readsOf(reads: PostgresReads, logged: PostgresLogged): Provider[] {
  return [
    { provide: READS, useValue: reads },
    { provide: LOGGED, useValue: logged },
  ];
}

function tasksOf({ days, decided, expire, publish, awaitPolicy }: UseCases, infrastructure: Infrastructure): Task[] {
  return [
    { name: 'days', everyMs: 600_000, run: () => days.prepare() },
    { name: 'age', everyMs: 600_000, run: () => days.drop() },
    { name: 'evidence', everyMs: publishEveryMs, run: () => publish.sweep() },
    { name: 'policies', everyMs: 1_000, run: () => awaitPolicy.look() },
    { name: 'decided', everyMs: 1_000, run: () => decided.sweep() },
    { name: 'expiry', everyMs: 1_000, run: () => expire.sweep() },
    { name: 'database', everyMs: 1_000, run: () => probeDatabase(infrastructure.dataSource, infrastructure.health) },
  ];
}

function cacheOf({ cache, metrics }: Infrastructure, installation: string): RecentDecisions {
  const lookups = metrics.counter({
    name: 'weir_collector_decisions_total',
    help: 'Decisions that the join asked for, by where they were looked up',
    labelNames: ['source'],
  });
  const shared = new CachedDecisions(cache, installation, cacheTtlMs, (source, count) =>
    lookups.inc({ source }, count),
  );
  return new RecentDecisions(shared, (count) => lookups.inc({ source: 'process' }, count));
}
