// One of several processes of a router: serves by what the process above it keeps.
import { reportOf, type Logger } from '@weir/service';
import { primaryPeer } from './adapters/cluster/cluster-ports';
import { takeSupply } from './adapters/cluster/take-supply';
import { workerReports } from './adapters/cluster/worker-reports';
import { bootServing } from './boot-serving';
import { followPolicy } from './compose-keeper';
import { composeRouter, openModels, producerKeys, surroundingsOf } from './compose-router';
import { type Config } from './config';
import { keepsNothing } from './follow-policy';

/** The intake of requests over Kafka is one worker's: another member of the group on the same machine brings rebalances and nothing else. */
const consumingPlace = 1;

export async function bootWorker(config: Config, logger: Logger, place: number): Promise<void> {
  const primary = primaryPeer(() => {
    logger.error('the process above this worker is gone; it drains and ends');
    process.kill(process.pid, 'SIGTERM');
  });
  const surroundings = surroundingsOf(config, logger);
  const { metrics, health } = surroundings;
  const opened = openModels(surroundings);
  const { models } = opened;
  const keys = producerKeys(config);
  const policies = followPolicy(models, keepsNothing, logger);
  const mayServe = takeSupply(primary, policies, keys?.follow, () => models.inForce());
  const router = await composeRouter(surroundings, { ...opened, policies, keys });
  const reports = workerReports(primary, {
    live: router.liveness,
    ready: () => health.ready(),
    metrics: () => reportOf(metrics),
  });
  primary.tell('begun', undefined);
  await mayServe;
  const stop = async (): Promise<void> => {
    primary.tell('drained', undefined);
    await router.stop();
  };
  await bootServing(surroundings, { ...router, stop }, { consumes: place === consumingPlace, reports });
}
