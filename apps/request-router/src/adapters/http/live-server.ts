// The HTTP server: the live side before everything else, the rest is Fastify's and Nest's.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { isLivePath } from '../../domain/live-path';

export interface LiveHandler {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

const settings: ServerOptions = {
  // a request that trickles in holds a place for so long and no longer
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  // longer than the idle time of common balancers, so that they close first
  keepAliveTimeout: 75_000,
  noDelay: true,
};

/** For Fastify's `serverFactory`. */
export function liveServer(
  live: LiveHandler,
  some: Pick<ServerOptions, 'requestTimeout' | 'headersTimeout' | 'connectionsCheckingInterval'> = {},
): (handler: RequestListener) => Server {
  return (handler) =>
    takeThenClose(
      createServer({ ...settings, ...some }, (request, response) => {
        if (isLivePath(request.url ?? '/')) live.handle(request, response);
        else handler(request, response);
      }),
    );
}

/**
 * Connections that the kernel has made and Node has not seen would be reset. libuv takes one a turn of its loop, so the server closes
 * when some turns have brought none (or callers simply go on coming), and answers what it took.
 */
function takeThenClose(server: Server): Server {
  const close = server.close.bind(server);
  let quietTurns = 0;
  server.on('connection', () => (quietTurns = 0));
  server.close = (done) => {
    quietTurns = 0;
    const turn = (turns: number): unknown =>
      ++quietTurns > 5 || turns > 1_000 ? close(done) : setImmediate(() => turn(turns + 1));
    turn(0);
    return server;
  };
  return server;
}
