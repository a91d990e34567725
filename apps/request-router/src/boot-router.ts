// A router that is one process: it keeps policies, serves and consumes.
import { type Logger } from '@weir/service';
import { watchStaleness } from './adapters/state-metrics';
import { bootServing, type ProcessLike } from './boot-serving';
import { composeKeeper } from './compose-keeper';
import { composeRouter, openModels, producerKeys, surroundingsOf } from './compose-router';
import { type Config } from './config';
import { policyWorry } from './domain/stale-policies';

export async function bootRouter(config: Config, logger: Logger, processLike?: ProcessLike) {
  const surroundings = surroundingsOf(config, logger);
  const opened = openModels(surroundings);
  const { models } = opened;
  const keys = producerKeys(config);
  const keeper = await composeKeeper(config, logger, surroundings.bus, {
    models,
    keys: keys?.follow,
    inForce: () => models.inForce(),
  });
  watchStaleness(surroundings.metrics, keeper.stale);
  surroundings.health.warn('policy', () => policyWorry(keeper.stale()));
  const router = await composeRouter(surroundings, { ...opened, policies: keeper.policies, keys });
  const stop = async (): Promise<void> => {
    await keeper.stop();
    await router.stop();
  };
  const app = await bootServing(
    surroundings,
    { ...router, stop },
    { consumes: true, ...(processLike && { processLike }) },
  );
  return { app, router, health: surroundings.health };
}
