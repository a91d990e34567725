// In front of Node's HTTP server: plain predictions are read and answered here, at half the cost; every other connection is Node's.
import { type Server } from 'node:http';
import { type Socket } from 'node:net';
import { type Caller } from '../caller';
import { keepAliveMs } from './answer-text';
import { LaneConnection, type Lane } from './lane-connection';
import { type PlainRequest } from './read-plain-request';

export interface LaneHandler {
  take(request: PlainRequest, caller: Caller): void;
}

/** Questions that are not whole wait here for so long; Node's server has its own times for them. */
const waitMs = 1_000;
/** As Node has it. */
const tooSlow = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';
const lookEveryMs = 1_000;

export class FastLane implements Lane {
  nowMs = performance.now();
  closing = false;
  standsAside = false;
  private readonly connections = new Set<LaneConnection>();
  private readonly timer = setInterval(() => this.look(), lookEveryMs).unref();
  /** How Node's server takes a connection. */
  private readonly toNode: (socket: Socket) => void;

  constructor(
    private readonly server: Server,
    private readonly handler: LaneHandler,
  ) {
    const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    this.toNode = (socket) => listeners.forEach((listener) => listener.call(server, socket));
    server.on('connection', (socket: Socket) => this.add(socket));
    // whoever listens to each request is to see each
    server.on('newListener', (event) => {
      if (event === 'request') this.standsAside = true;
    });
  }

  take(request: PlainRequest, caller: Caller): void {
    this.handler.take(request, caller);
  }

  giveToNode(connection: LaneConnection, bytes: Buffer | undefined): void {
    const { socket } = connection;
    this.connections.delete(connection);
    if (socket.destroyed) return;
    socket.pause();
    if (bytes) socket.unshift(bytes);
    this.toNode(socket);
    socket.resume();
  }

  left(connection: LaneConnection): void {
    this.connections.delete(connection);
  }

  /** Idle connections end, those that are answered end with their answer, and those that have asked nothing yet are Node's. */
  close(): void {
    this.closing = true;
    clearInterval(this.timer);
    for (const connection of this.connections) {
      if (connection.answering) continue;
      if (connection.idle && connection.used) connection.socket.end();
      else connection.giveToNode();
    }
  }

  /** Ends all connections as they are. */
  cut(): void {
    for (const { socket } of this.connections) socket.destroy();
  }

  private add(socket: Socket): void {
    if (this.standsAside) this.toNode(socket);
    else this.connections.add(new LaneConnection(socket, this));
  }

  private look(): void {
    this.nowMs = performance.now();
    for (const connection of this.connections) {
      if (connection.answering) continue;
      const waitedMs = this.nowMs - connection.sinceMs;
      if (!connection.idle) {
        if (waitedMs >= waitMs) connection.giveToNode();
      } else if (connection.used) {
        if (waitedMs > keepAliveMs) connection.socket.end();
      } else if (this.isTooSlow(waitedMs)) connection.socket.end(tooSlow, () => connection.socket.destroy());
    }
  }

  /** Callers open connections for later: it is not asked of them to say something at once. */
  private isTooSlow(waitedMs: number): boolean {
    const { headersTimeout } = this.server;
    return headersTimeout > 0 && waitedMs > headersTimeout;
  }
}
