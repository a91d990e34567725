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
import { keepAliveMs } from './lane/answer-text';
import { FastLane, type LaneHandler } from './lane/fast-lane';

export interface LiveHandler extends LaneHandler {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

const settings: ServerOptions = {
  // a request that trickles in holds a place for so long and no longer
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: keepAliveMs,
  noDelay: true,
};

type Times = Pick<ServerOptions, 'requestTimeout' | 'headersTimeout' | 'connectionsCheckingInterval'>;

/** For Fastify's `serverFactory`. */
export function liveServer(live: LiveHandler, some: Times = {}): (handler: RequestListener) => Server {
  return (handler) => {
    const server = createServer({ ...settings, ...some }, (request, response) => {
      if (isLivePath(request.url ?? '/')) live.handle(request, response);
      else handler(request, response);
    });
    return takeThenClose(server, new FastLane(server, live));
  };
}

/**
 * Connections that the kernel has made and Node has not seen would be reset. libuv takes one a turn of its loop, so the server closes
 * when some turns have brought none (or callers simply go on coming), and answers what it took.
 */
function takeThenClose(server: Server, lane: FastLane): Server {
  const close = server.close.bind(server);
  const cut = server.closeAllConnections.bind(server);
  let quietTurns = 0;
  server.on('connection', () => (quietTurns = 0));
  server.close = (done) => {
    quietTurns = 0;
    const turn = (turns: number): void => {
      if (++quietTurns <= 5 && turns <= 1_000) return void setImmediate(() => turn(turns + 1));
      lane.close();
      close(done);
    };
    turn(0);
    return server;
  };
  server.closeAllConnections = () => {
    lane.cut();
    cut();
  };
  return server;
}
