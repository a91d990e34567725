// The HTTP side: Fastify under Nest, JSON only, with the routes that every service has.
import type { AbstractHttpAdapter } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerTo, renderError } from './error-answers';
import type { Health, Readiness } from './health';
import type { Metrics } from './metrics';

export interface HttpSettings {
  /** Makes the server around Fastify's handler: the place to answer before Fastify does. */
  readonly serverFactory?: (handler: RequestListener) => Server;
  /** Default 1 MiB. */
  readonly bodyLimitBytes?: number;
}

export function createAdapter(settings: HttpSettings): AbstractHttpAdapter {
  const { serverFactory, bodyLimitBytes = 1024 ** 2 } = settings;
  const adapter: AbstractHttpAdapter = new FastifyAdapter<Server>({
    bodyLimit: bodyLimitBytes,
    requestTimeout: 30_000, // a request that trickles in
    routerOptions: { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true },
    clientErrorHandler: refuseGarbage,
    frameworkErrors: (error: Error, request: unknown, reply: unknown) =>
      refuseUrl(error, request as FastifyRequest, reply as FastifyReply),
    ...(serverFactory && { serverFactory }),
  });
  return adapter;
}

/** A path that is no path (`/%`) never reaches a route, nor Nest. */
function refuseUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const answer = answerTo(error);
  void reply.code(answer.status).send(renderError(answer, request.url));
}

/** What is not HTTP gets a last word in HTTP, and the connection ends. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const answer = answerTo({ statusCode: status });
  const body = JSON.stringify(renderError(answer, ''));
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
}

/** What /livez, /readyz and /metrics answer. */
export interface Reports {
  /** Why the service should be killed and started again, if it should. */
  live(): Promise<string | undefined>;
  ready(): Promise<Readiness>;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
}

interface Reporting {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly liveness?: (() => string | undefined) | undefined;
  readonly reports?: Reports | undefined;
}

/** Beside Nest, so that no guard or filter stands before them. */
export function addServiceRoutes(app: NestFastifyApplication, service: Reporting): void {
  const reports = service.reports ?? ownReports(service);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain'); // JSON only: anything else is a 415
  fastify.get('/livez', async (_, reply) => {
    const dead = await reports.live();
    void reply.code(dead ? 503 : 200).send(dead ? { ok: false, missing: [dead] } : { ok: true });
  });
  fastify.get('/readyz', async (_, reply) => {
    const readiness = await reports.ready();
    void reply.code(readiness.ok ? 200 : 503).send(readiness);
  });
  fastify.get('/metrics', async (_, reply) => {
    void reply.type(service.metrics.registry.contentType);
    return reports.metrics();
  });
}

/** Of a service that is one process. */
export function ownReports({ health, metrics, liveness }: Reporting): Reports {
  return {
    live: () => Promise.resolve(liveness?.()),
    ready: () => Promise.resolve(health.ready()),
    metrics: () => metrics.registry.metrics(),
  };
}

/** Requests and their time by route pattern: bounded, whatever callers ask for. */
export function countRequests(app: NestFastifyApplication, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'weir_http_request_seconds',
    help: 'Time to answer, by method, route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: String(reply.statusCode),
    };
    seconds.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
