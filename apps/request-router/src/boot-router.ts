// The router as a running service: composed, listening, consuming.
import { bootService, createMetrics, Health, type Logger } from '@weir/service';
import { liveServer } from './adapters/http/live-server';
import { AppModule } from './app.module';
import { composeRouter } from './compose-router';
import { type Config } from './config';

export async function bootRouter(
  config: Config,
  logger: Logger,
  processLike?: Parameters<typeof bootService>[0]['process'],
) {
  const metrics = createMetrics('request-router');
  const health = new Health();
  const router = await composeRouter(config, logger, metrics, health);
  const app = await bootService({
    name: 'request-router',
    module: AppModule.of(router),
    config,
    logger,
    metrics,
    health,
    strategy: [router.consumer],
    consumersGateReadiness: false,
    liveness: () => router.consumer.liveness(),
    fastify: { serverFactory: liveServer(router.live) },
    ...(processLike && { process: processLike }),
  });
  return { app, router, health };
}
