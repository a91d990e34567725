// The HTTP server: the live side before everything else, the rest is Fastify's and Nest's.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { isLivePath } from '../../domain/live-path';

export interface LiveHandler {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** For Fastify's `serverFactory`. */
export function liveServer(live: LiveHandler): (handler: RequestListener) => Server {
  return (handler) =>
    createServer(
      {
        // a request that trickles in holds a place for so long and no longer
        requestTimeout: 30_000,
        headersTimeout: 10_000,
        connectionsCheckingInterval: 5_000,
        // longer than the idle time of common balancers, so that they close first
        keepAliveTimeout: 75_000,
        noDelay: true,
      },
      (request, response) => {
        if (isLivePath(request.url ?? '/')) live.handle(request, response);
        else handler(request, response);
      },
    );
}
