// Composes and boots one allocator.
import { followPolicies, KafkaBatchServer } from '@weir/bus';
import { bootService, openLedgerService, type Service } from '@weir/service';
import { AppModule } from '../app.module';
import { group, type AllocatorConfig } from '../config';
import { composeUseCases } from './compose-use-cases';
import { errorStatuses } from './http/errors';
import { settingsOf } from './infrastructure';
import { OutcomeLog } from './kafka/outcome-log';

export async function startAllocator(
  config: AllocatorConfig,
  overrides: Pick<Service, 'process'> = {},
): ReturnType<typeof bootService> {
  const infrastructure = await openLedgerService(settingsOf(config));
  const { bus, dataSource, ledger, relay, logger, metrics, health, busMetrics } = infrastructure;
  const cases = composeUseCases({
    ...{ dataSource, ledger },
    steadyMs: () => performance.now(),
    nowMs: () => Date.now(),
    wake: () => relay.wake(),
    log: new OutcomeLog(bus),
  });
  await cases.policies.restore();
  const reader = await followPolicies({ ...bus, logger }, (policy) => cases.policies.follow(policy), health);
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
