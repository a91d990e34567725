// Composes and boots one allocator.
import { KafkaBatchServer, readCompacted } from '@weir/bus';
import { policyPublished } from '@weir/contracts';
import { bootService, type Service } from '@weir/service';
import { AppModule } from '../app.module';
import { group, type AllocatorConfig } from '../config';
import { composeUseCases } from './compose-use-cases';
import { errorStatuses } from './http/errors';
import { openInfrastructure } from './infrastructure';

export async function startAllocator(
  config: AllocatorConfig,
  overrides: Pick<Service, 'process'> = {},
): ReturnType<typeof bootService> {
  const infrastructure = await openInfrastructure(config);
  const { bus, dataSource, ledger, relay, logger, metrics, health, busMetrics } = infrastructure;
  const cases = composeUseCases({
    ...{ dataSource, ledger },
    steadyMs: () => performance.now(),
    wake: () => relay.wake(),
  });
  await cases.policies.restore();
  health.set('policies', false, 'not read yet');
  const reader = await readCompacted({ ...bus, logger }, policyPublished, (policy) => {
    if (policy) cases.policies.follow(policy);
  });
  void reader.caughtUp.then(() => health.set('policies', true));
  const close = async (): Promise<void> => {
    await reader.close();
    await infrastructure.close();
  };
  const consumer = new KafkaBatchServer({ ...bus, group, ledger, logger, metrics: busMetrics });
  return bootService({
    ...{ name: group, config, logger, metrics, health, errorStatuses, ...overrides },
    module: AppModule.with(config, infrastructure, cases, close),
    strategy: [consumer],
    liveness: () => consumer.liveness(),
  });
}
