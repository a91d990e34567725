// What the collector is made of.
import { type DynamicModule, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard } from '@weir/service';
import { OpenGuard } from './adapters/http/open-guard';
import { OutcomesController } from './adapters/http/outcomes.controller';
import { READS, RecordsController } from './adapters/http/records.controller';
import { type Infrastructure } from './adapters/infrastructure';
import { CollectorConsumer } from './adapters/kafka/collector-consumer';
import { IntakeWatermark } from './adapters/kafka/intake-watermark';
import { PostgresDays } from './adapters/postgres/days';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { PostgresTransactions } from './adapters/postgres/postgres-transactions';
import { CachedDecisions } from './adapters/redis/cached-decisions';
import { Sweeps } from './adapters/sweeps';
import { AwaitPolicy } from './await-policy';
import { type CollectorConfig } from './config';
import { CountEvidence } from './count-evidence';
import { ExpireOutcomes } from './expire-outcomes';
import { FollowPolicy } from './follow-policy';
import { JoinOutcomes } from './join-outcome';
import { PublishEvidence } from './publish-evidence';
import { RecordPredictions } from './record-prediction';
import { ReportOutcomes } from './report-outcome';

const publishEveryMs = 250;
const policyPatienceMs = 10_000;
const cacheTtlMs = 3_600_000;

const lifecycle = Symbol('lifecycle');

@Module({})
export class AppModule {
  static async with(config: CollectorConfig, infrastructure: Infrastructure): Promise<DynamicModule> {
    const parts = await compose(config, infrastructure);
    const { logger, dataSource, relay, health } = infrastructure;
    const sweeps = new Sweeps(
      [
        { name: 'days', everyMs: 600_000, run: () => parts.days.prepare() },
        { name: 'age', everyMs: 3_600_000, run: () => parts.days.drop() },
        { name: 'evidence', everyMs: publishEveryMs, run: () => parts.publish.sweep() },
        { name: 'expiry', everyMs: 1_000, run: () => parts.expire.sweep() },
        { name: 'database', everyMs: 1_000, run: () => probe(infrastructure) },
      ],
      logger,
    );
    health.set('postgres', dataSource.isInitialized);
    const Guard = config.producerAuth === 'required' ? ApiKeyGuard : OpenGuard;
    return {
      module: AppModule,
      controllers: [OutcomesController, RecordsController, CollectorConsumer],
      providers: [
        { provide: FollowPolicy, useValue: parts.policies },
        { provide: RecordPredictions, useValue: parts.predictions },
        { provide: ReportOutcomes, useValue: parts.outcomes },
        { provide: READS, useValue: parts.reads },
        { provide: APP_GUARD, useValue: new Guard(infrastructure.keys) },
        { provide: lifecycle, useValue: new Lifecycle(sweeps, relay, infrastructure) },
      ],
    };
  }
}

/** Starts what runs by itself, and closes everything after the consumers have stopped. */
class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly sweeps: Sweeps,
    private readonly relay: Infrastructure['relay'],
    private readonly infrastructure: Infrastructure,
  ) {}

  onApplicationBootstrap(): void {
    this.relay.start();
    this.sweeps.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sweeps.stop();
    await this.infrastructure.close();
  }
}

/** The use cases over their adapters. */
async function compose(config: CollectorConfig, { dataSource, ledger, relay, cache, bus, metrics }: Infrastructure) {
  const nowMs = () => Date.now();
  const { retentionDays } = config;
  const wake = () => relay.wake();
  const reads = new PostgresReads(dataSource);
  const days = new PostgresDays(dataSource, retentionDays, nowMs);
  const transactions = new PostgresTransactions(dataSource, ledger, { retentionDays, nowMs });
  const joins = metrics.counter({
    name: 'weir_collector_decisions_total',
    help: 'Decisions asked for by the join, by where they were looked up',
    labelNames: ['source'],
  });
  const decisions = new CachedDecisions(cache, await reads.installation(), cacheTtlMs, (source, count) =>
    joins.inc({ source }, count),
  );
  const counter = new CountEvidence(publishEveryMs);
  const watermark = new IntakeWatermark(bus, ledger, () => transactions.run((store) => store.nowMs()));
  return {
    ...{ days, reads },
    policies: new FollowPolicy(transactions),
    predictions: new RecordPredictions(
      transactions,
      counter,
      new AwaitPolicy(policyPatienceMs, nowMs),
      decisions,
      days,
      wake,
      { retentionDays, nowMs },
    ),
    outcomes: new ReportOutcomes(transactions, new JoinOutcomes(counter, decisions), days, wake),
    expire: new ExpireOutcomes(transactions, counter, watermark, wake),
    publish: new PublishEvidence(transactions, publishEveryMs, wake),
  };
}

async function probe({ dataSource, health }: Infrastructure): Promise<void> {
  try {
    await dataSource.query('select 1');
    health.set('postgres', true);
  } catch {
    health.set('postgres', false, 'cannot be reached');
  }
}
