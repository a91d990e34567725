// A process that serves: listening, consuming where it is its turn, stopping in order.
import { bootService, type Reports } from '@weir/service';
import { liveServer } from './adapters/http/live-server';
import { AppModule } from './app.module';
import { type Router, type Surroundings } from './compose-router';

export type ProcessLike = NonNullable<Parameters<typeof bootService>[0]['process']>;

export interface ServingOptions {
  /** Whether predictions asked for over Kafka are answered here. */
  readonly consumes: boolean;
  readonly reports?: Reports;
  readonly processLike?: ProcessLike;
}

export function bootServing(
  { config, logger, metrics, health }: Surroundings,
  router: Router,
  { consumes, reports, processLike }: ServingOptions,
) {
  return bootService({
    name: 'request-router',
    module: AppModule.of(router),
    config,
    logger,
    metrics,
    health,
    strategy: consumes ? [router.consumer] : [],
    consumersGateReadiness: false,
    liveness: router.liveness,
    fastify: { serverFactory: liveServer(router.live) },
    ...(reports && { reports }),
    ...(processLike && { process: processLike }),
  });
}
