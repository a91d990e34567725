// The controller, put together: use cases of ports, ports of adapters.
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { type DeadLetters, type KafkaBatchServer, type Ledger, type OutboxRelay } from '@weir/bus';
import { EgressPolicy } from '@weir/open-inference';
import { ApiKeyGuard, type Health, type Logger, type Metrics } from '@weir/service';
import { type DataSource } from 'typeorm';
import { Asking } from './adapters/asking';
import { Background } from './adapters/background';
import { analysisControllers } from './adapters/http/analysis.controllers';
import { DeadLettersController } from './adapters/http/dead-letters.controller';
import { EventsController } from './adapters/http/events.controller';
import { ExplorationController } from './adapters/http/exploration.controller';
import { ForwardsController } from './adapters/http/forwards.controller';
import { HomeController } from './adapters/http/home.controller';
import { KeysController } from './adapters/http/keys.controller';
import { ModelsController } from './adapters/http/models.controller';
import { OffPolicyController } from './adapters/http/off-policy.controller';
import { RebuildsController } from './adapters/http/rebuilds.controller';
import { RoutersController } from './adapters/http/routers.controller';
import { RolloutsController } from './adapters/http/rollouts.controller';
import { ControllerConsumer } from './adapters/kafka/controller-consumer';
import { rollingOf } from './adapters/instances/compose-rolling';
import { watchedOf } from './adapters/instances/compose-watching';
import { Judging } from './adapters/judging';
import { Rolling } from './adapters/rolling';
import { Watching } from './adapters/watching';
import { OwnerClient } from './adapters/owner-client';
import { PrometheusClient } from './adapters/prometheus-client';
import { PostgresStore } from './adapters/postgres/postgres-store';
import { keyMaker, machineChance, machineClock, machineTurn } from './adapters/surroundings';
import { TornAlarm } from './adapters/torn-alarm';
import { AcceptWeights } from './accept-weights';
import { AdvanceRollout } from './advance-rollout';
import { AskQueries } from './ask-queries';
import { type ControllerConfig } from './config';
import { DescribeBreakdown } from './describe-breakdown';
import { DescribeRollout } from './describe-rollout';
import { DescribeSeries } from './describe-series';
import { EvaluateOffPolicy } from './evaluate-off-policy';
import { ExportEvidence } from './export-evidence';
import { JudgeRollouts } from './judge-rollouts';
import { KeepModels } from './keep-models';
import { ManageKeys } from './manage-keys';
import { NoteRefusal } from './note-refusal';
import { type Greens, type Store } from './ports';
import { PlanRollout } from './plan-rollout';
import { PutModel } from './put-model';
import { ReleaseBlue } from './release-blue';
import { SettleRollbacks } from './settle-rollbacks';
import { SubmitRollout } from './submit-rollout';

export const consumerGroup = 'rollout-controller';

/** What main.ts has opened, and what closes it. */
export interface Opened {
  readonly dataSource: DataSource;
  readonly relay: OutboxRelay;
  readonly ledger: Ledger;
  readonly consumer: KafkaBatchServer;
  readonly deadLetters: DeadLetters;
  readonly health: Health;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly closing: () => Promise<void>;
}

export const httpControllers = [
  HomeController,
  ModelsController,
  RolloutsController,
  RoutersController,
  ExplorationController,
  KeysController,
  EventsController,
  ForwardsController,
  DeadLettersController,
  ...analysisControllers,
  OffPolicyController,
  RebuildsController,
];

@Module({})
export class AppModule {
  static with(config: ControllerConfig, opened: Opened): DynamicModule {
    return {
      module: AppModule,
      controllers: [...httpControllers, ControllerConsumer],
      providers: providersOf(config, opened),
    };
  }
}

function providersOf(config: ControllerConfig, opened: Opened): Provider[] {
  const { dataSource, relay, ledger, consumer, deadLetters, health, logger, metrics, closing } = opened;
  const store = new PostgresStore(dataSource, () => relay.wake());
  const advance = new AdvanceRollout(machineClock, machineChance);
  const rollbacks = new SettleRollbacks(store, machineClock, advance);
  const alarm = new TornAlarm(
    logger,
    metrics.gauge({
      name: 'weir_controller_torn_windows',
      help: 'Rollouts whose evidence waits for a window that does not come whole.',
    }),
  );
  const watched = watchedOf(config, opened, store);
  const judge = new JudgeRollouts(store, machineClock, advance, alarm, watched.greens);
  const judging = new Judging(store, judge, alarm, logger);
  const rolling = rollingOf(config, opened, store, advance);
  const releases = new ReleaseBlue(store, machineClock, advance);
  const background = new Background({ dataSource, relay, rollbacks, releases, health, logger, closing });
  return [
    { provide: 'Store', useValue: store },
    { provide: 'Collector', useValue: new OwnerClient('collector', config.collectorUrl, 'collector-away') },
    { provide: 'Comparator', useValue: new OwnerClient('comparator', config.comparatorUrl, 'comparator-away') },
    { provide: 'Allocator', useValue: new OwnerClient('allocator', config.allocatorUrl, 'allocator-away') },
    { provide: 'Lags', useValue: () => [{ group: consumerGroup, records: consumer.lag() }] },
    { provide: 'Ledger', useValue: ledger },
    { provide: 'DeadLetters', useValue: deadLetters },
    { provide: 'Clock', useValue: machineClock },
    { provide: 'Heard', useValue: () => (background.wake(), rolling.wake()) },
    { provide: Background, useValue: background },
    { provide: Judging, useValue: judging },
    { provide: Asking, useValue: askingOf(config, opened, store, judging) },
    { provide: Rolling, useValue: rolling },
    { provide: Watching, useValue: watched.watching((ids) => judging.wake(ids)) },
    { provide: AdvanceRollout, useValue: advance },
    { provide: AcceptWeights, useValue: new AcceptWeights(store, machineClock, advance) },
    ...useCases(config, store, watched.greens),
    { provide: APP_GUARD, useFactory: () => new ApiKeyGuard(store.read.keys) },
  ];
}

function askingOf({ egress }: ControllerConfig, { metrics, logger }: Opened, store: Store, judging: Judging): Asking {
  const counter = metrics.counter({
    name: 'weir_controller_readings_total',
    help: 'Askings of guardrails that are queries to Prometheus.',
    labelNames: ['result'],
  });
  const rules = { allowLoopback: egress.profile === 'local', only: egress.allow.length > 0 ? egress.allow : undefined };
  const prometheus = new PrometheusClient({ egress: new EgressPolicy(rules), counter });
  const queries = new AskQueries(store, machineClock, prometheus);
  return new Asking(store, queries, (ids) => judging.wake(ids), logger);
}

function useCases({ egress }: ControllerConfig, store: Store, greens: Greens): Provider[] {
  const submit = new SubmitRollout(machineClock, machineChance, egress);
  return [
    { provide: PutModel, useValue: new PutModel(machineClock, machineChance, egress) },
    { provide: KeepModels, useValue: new KeepModels(machineClock) },
    { provide: SubmitRollout, useValue: submit },
    { provide: PlanRollout, useValue: new PlanRollout(store, submit, machineTurn) },
    { provide: DescribeRollout, useValue: new DescribeRollout(store, machineClock, greens) },
    { provide: DescribeBreakdown, useValue: new DescribeBreakdown(store) },
    { provide: DescribeSeries, useValue: new DescribeSeries(store) },
    { provide: EvaluateOffPolicy, useValue: new EvaluateOffPolicy(store) },
    { provide: ExportEvidence, useValue: new ExportEvidence(store) },
    { provide: NoteRefusal, useValue: new NoteRefusal(store, machineClock) },
    { provide: ManageKeys, useValue: new ManageKeys(machineClock, keyMaker) },
  ];
}
