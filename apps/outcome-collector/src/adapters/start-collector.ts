// Composes and boots one collector.
import { KafkaBatchServer } from '@weir/bus';
import { bootService, type Service } from '@weir/service';
import { AppModule } from '../app.module';
import { group, type CollectorConfig } from '../config';
import { errorStatuses } from './http/errors';
import { openInfrastructure } from './infrastructure';

/** 1,000 outcomes with long texts. */
const bodyLimitBytes = 4 * 1024 ** 2;

/** A transaction costs as much for one record as for fifty: at low rates records wait for company, 200 ms at most. */
const gatherBytes = 128 * 1024;

export async function startCollector(
  config: CollectorConfig,
  overrides: Pick<Service, 'process'> = {},
): ReturnType<typeof bootService> {
  const infrastructure = await openInfrastructure(config);
  const { bus, ledger, logger, metrics, health, busMetrics } = infrastructure;
  const consumer = new KafkaBatchServer({ ...bus, group, ledger, logger, metrics: busMetrics, gatherBytes });
  return bootService({
    ...{ name: group, config, logger, metrics, health, errorStatuses, ...overrides },
    module: await AppModule.with(config, infrastructure),
    strategy: [consumer],
    liveness: () => consumer.liveness(),
    fastify: { bodyLimitBytes },
  });
}
