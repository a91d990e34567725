// Boots a service: composes it, checks that every route says who may call it, listens, then consumes; and stops it in order.
import { Catch, type DynamicModule, type ExceptionFilter, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { throwError } from 'rxjs';
import { addServiceRoutes, countRequests, createAdapter, type HttpSettings, type Reports } from './create-http';
import { endOnCrash, type ProcessLike } from './end-on-crash';
import type { ErrorStatuses } from './error-answers';
import { ErrorFilter } from './error-filter';
import type { Health, Need } from './health';
import { type Logger, NestLogger } from './logger';
import type { Metrics } from './metrics';
import { checkAccess } from './route-inventory';
import { stopOnSignal } from './stop-on-signal';

/** A consumer, as libs/bus makes them. */
export type Strategy = CustomTransportStrategy & { health?(): Need };

export interface Service {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly config: {
    readonly port: number;
    readonly host: string;
    /** Time between "not ready" and the end of listening, for balancers to notice. Default 1 s. */
    readonly drainMs?: number | undefined;
  };
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly strategy?: readonly Strategy[];
  /** Whether a consumer that is not in its group makes the service unready. Default true; false for the router, which answers without Kafka. */
  readonly consumersGateReadiness?: boolean;
  /** Why the process should be killed and started again, if it should. */
  readonly liveness?: () => string | undefined;
  /** What /livez, /readyz and /metrics answer. Default: this process's own state; several processes behind one port answer for all. */
  readonly reports?: Reports;
  readonly fastify?: HttpSettings;
  /** HTTP status of the service's own error codes. */
  readonly errorStatuses?: ErrorStatuses;
  /** Before init: documentation, static files, further content types. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
  /** A part of `process`, for specs. */
  readonly process?: ProcessLike;
}

/** An error of a consumer reaches the strategy as it was thrown: Nest's own filter would replace it by "Internal server error". */
@Catch()
class PassThroughFilter implements ExceptionFilter {
  catch(error: unknown): unknown {
    return throwError(() => error);
  }
}

/** Resolves when the service listens and its consumers have started. */
export async function bootService(service: Service): Promise<NestFastifyApplication> {
  const { module, config, logger, metrics, health, strategy = [] } = service;
  endOnCrash(logger, service.process);
  const app = await NestFactory.create<NestFastifyApplication>(module, createAdapter(service.fastify ?? {}), {
    logger: new NestLogger(logger),
    bodyParser: false, // Fastify's own JSON parser, which refuses __proto__
    abortOnError: false,
    forceCloseConnections: false,
  });
  checkAccess(app);
  app.useGlobalFilters(new ErrorFilter(logger, service.errorStatuses));
  addServiceRoutes(app, service);
  countRequests(app, metrics);
  await service.configure?.(app);
  connectConsumers(app, strategy);
  watchConsumers(service);
  stopInOrder(app, service);
  await app.init();
  await app.listen({ port: config.port, host: config.host });
  await app.startAllMicroservices(); // after listen: nothing is consumed by a service that could not start
  logger.info({ port: portOf(app), service: service.name, ...health.ready() }, 'started');
  return app;
}

function connectConsumers(app: NestFastifyApplication, strategies: readonly Strategy[]): void {
  for (const strategy of strategies) {
    app.connectMicroservice({ strategy }).useGlobalFilters(new PassThroughFilter());
  }
}

function watchConsumers({ strategy = [], health, consumersGateReadiness = true }: Service): void {
  if (!consumersGateReadiness) return;
  strategy.forEach((consumer, index) => {
    if (consumer.health)
      health.watch(strategy.length > 1 ? `consumer ${index}` : 'consumer', () => consumer.health?.() ?? { ok: true });
  });
}

/** app.close() ends the HTTP side first, then the consumers, then (onApplicationShutdown) the pools. */
function stopInOrder(app: NestFastifyApplication, service: Service): void {
  const { logger, health, config } = service;
  stopOnSignal(
    {
      logger,
      drainMs: config.drainMs ?? 1_000,
      cutMs: 10_000,
      limitMs: 20_000,
      announce: () => {
        health.stop();
        endKeepAlive(app);
      },
      cut: () => app.getHttpServer().closeAllConnections(),
      close: () => {
        // requests under way now: their connections must not idle on and hold up the stop
        app.getHttpServer().keepAliveTimeout = 1;
        return app.close();
      },
    },
    service.process,
  );
}

/**
 * From now on each answer ends its connection, so that callers move to another process before this one stops listening. Idle
 * connections stay until then: a caller may be using one at this very moment.
 */
function endKeepAlive(app: NestFastifyApplication): void {
  const server = app.getHttpServer();
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
}

function portOf(app: NestFastifyApplication): number | undefined {
  const address = app.getHttpServer().address();
  return typeof address === 'object' ? address?.port : undefined;
}
