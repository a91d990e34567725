// Opens Postgres and Kafka, boots the controller, accepts the bootstrap key.
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { busMigrations, createProducer, DeadLetters, KafkaBatchServer, Ledger, meterBus, OutboxRelay } from '@weir/bus';
import {
  bootService,
  createDataSource,
  createLogger,
  createMetrics,
  Health,
  type Logger,
  type Metrics,
} from '@weir/service';
import { type MigrationInterface } from 'typeorm';
import { AppModule, consumerGroup, httpControllers, type Opened } from '../app.module';
import { type ControllerConfig } from '../config';
import { ManageKeys } from '../manage-keys';
import { type Store } from '../ports';
import { errorStatuses } from '../refusals';
import { configureBodies } from './http/body-parsers';
import { serveDocs } from './http/docs-page';
import { openApi } from './http/openapi';
import { ControllerTables1700000001000 } from './postgres/controller-tables';
import { JudgementTables1700000002000 } from './postgres/judgement-tables';
import { PairTables1700000004000 } from './postgres/pair-tables';
import { WatchTables1700000003000 } from './postgres/watch-tables';

export const migrations: (new () => MigrationInterface)[] = [
  ...busMigrations,
  ControllerTables1700000001000,
  JudgementTables1700000002000,
  WatchTables1700000003000,
  PairTables1700000004000,
];

export async function startController(config: ControllerConfig): Promise<NestFastifyApplication> {
  const logger = createLogger('rollout-controller', config.logLevel);
  const metrics = createMetrics('rollout-controller');
  const opened = await open(config, logger, metrics);
  const { health, consumer } = opened;
  return bootService({
    name: 'rollout-controller',
    module: AppModule.with(config, opened),
    config,
    logger,
    metrics,
    health,
    strategy: [consumer],
    liveness: () => consumer.liveness(),
    errorStatuses,
    configure: async (app) => {
      configureBodies(app);
      serveDocs(app, openApi(httpControllers));
      if (config.bootstrapAdminKey)
        await app.get(ManageKeys).bootstrap(app.get<Store>('Store'), config.bootstrapAdminKey);
    },
  });
}

async function open({ bus, database }: ControllerConfig, logger: Logger, metrics: Metrics): Promise<Opened> {
  const health = new Health();
  health.set('postgres', false, 'not asked yet');
  const busMetrics = meterBus(metrics);
  const shared = { logger, metrics: busMetrics };
  const dataSource = await createDataSource({
    ...database,
    migrations,
    applicationName: 'rollout-controller',
    logger,
  });
  const producer = createProducer({ ...bus, lingerMs: 0, ...shared });
  const relay = new OutboxRelay({ dataSource, producer, ...shared });
  const ledger = new Ledger(dataSource, consumerGroup, busMetrics);
  const consumer = new KafkaBatchServer({ ...bus, group: consumerGroup, ...shared, ledger });
  const deadLetters = new DeadLetters({ ...bus, logger });
  const closing = () => producer.close();
  return { dataSource, relay, ledger, consumer, deadLetters, health, logger, metrics, closing };
}
