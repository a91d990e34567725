// The process above the workers: keeps policies for them, starts them, and answers for all. It serves no prediction itself.
import { endOnCrash, reportOf, stopOnSignal, type Logger } from '@weir/service';
import { forkWorker } from './adapters/cluster/cluster-ports';
import { GatherReports } from './adapters/cluster/gather-reports';
import { SupplyWorkers } from './adapters/cluster/supply-workers';
import { Crew } from './adapters/cluster/crew';
import { watchStaleness } from './adapters/state-metrics';
import { composeKeeper, within } from './compose-keeper';
import { surroundingsOf, type Surroundings } from './compose-router';
import { type Config } from './config';
import { policyWorry } from './domain/stale-policies';
import { FollowKeys } from './follow-keys';
import { ServeModels } from './serve-models';

/** Policies are judged and counted here as a worker would; nobody is asked. */
const noServers = () => ({
  size: 0,
  ready: false,
  full: false,
  problem: undefined,
  states: () => ({ ready: 0, unready: 0, open: 0 }),
  pick: () => undefined,
  call: () => Promise.reject(new Error('the process above the workers asks no server')),
  serve: () => undefined,
  close: () => Promise.resolve(),
});

/** Resolves when the first worker serves; rejects when one ends before. */
export async function bootWorkers(config: Config, logger: Logger): Promise<void> {
  endOnCrash(logger);
  const surroundings = surroundingsOf(config, logger);
  const models = new ServeModels(noServers);
  const supply = new SupplyWorkers(
    () => models.inForce(),
    () => keeper.announcements.announce(),
  );
  const keys = config.producerAuth === 'off' ? undefined : new FollowKeys({ put: () => undefined });
  keys?.onChange((key, bytes) => supply.key(key, bytes));
  const keeper = await composeKeeper(config, logger, surroundings.bus, {
    models,
    keys,
    inForce: () => supply.inForce(),
    onPolicy: (policy, bytes, source) => supply.policy(policy, bytes, source),
    onCaughtUp: (topic) => supply.settle(topic),
  });
  watchStaleness(surroundings.metrics, keeper.stale);
  surroundings.health.warn('policy', () => policyWorry(keeper.stale()));
  const crew = crewOf(surroundings, supply, models);
  stopOnSignal({
    logger,
    drainMs: 0,
    cutMs: 20_000,
    limitMs: 20_000,
    announce: () => undefined,
    cut: () => undefined,
    close: async () => {
      const ended = crew.stop(18_000);
      await Promise.race([crew.drained(), ended]);
      await Promise.all([within(5_000, keeper.stop()), ended]);
    },
  });
  await crew.start();
  logger.info({ workers: config.workers }, 'the workers serve');
}

function crewOf({ config, logger, metrics, health }: Surroundings, supply: SupplyWorkers, models: ServeModels): Crew {
  const crew: Crew = new Crew(
    config.workers,
    forkWorker,
    supply,
    logger,
    (ports) =>
      new GatherReports({
        ...ports,
        own: () => reportOf(metrics),
        warnings: () => health.ready().warnings ?? [],
        isServed: (model, version) => models.serves(model, version),
      }),
  );
  metrics.gauge({
    name: 'weir_router_workers_serving',
    help: 'Worker processes that serve.',
    collect() {
      this.set(crew.serving);
    },
  });
  metrics.counter({
    name: 'weir_router_worker_restarts_total',
    help: 'Worker processes that ended and were started again.',
    collect() {
      this.reset();
      this.inc(crew.restarts);
    },
  });
  return crew;
}
