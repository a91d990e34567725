// Starts the outcome collector.
import 'reflect-metadata';
import { KafkaBatchServer } from '@weir/bus';
import { bootService, createLogger, runMain } from '@weir/service';
import { errorStatuses } from './adapters/http/errors';
import { openInfrastructure } from './adapters/infrastructure';
import { AppModule } from './app.module';
import { group, readConfig } from './config';

void runMain(createLogger(group), async () => {
  const config = readConfig(process.env);
  const infrastructure = await openInfrastructure(config);
  const { bus, ledger, logger, metrics, health, busMetrics } = infrastructure;
  const consumer = new KafkaBatchServer({ ...bus, group, ledger, logger, metrics: busMetrics });
  await bootService({
    ...{ name: group, config, logger, metrics, health, errorStatuses },
    module: await AppModule.with(config, infrastructure),
    strategy: [consumer],
    liveness: () => consumer.liveness(),
    fastify: { bodyLimitBytes: 4 * 1024 ** 2 },
  });
});
