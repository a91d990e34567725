// The connections of one instance: the newest idle one takes the oldest waiting call.
import { type ClientOptions } from '../client-options';
import { type Exchange } from '../exchange';
import { EgressRefused } from '../guarded-connector';
import { Connection, type ConnectionOwner } from './connection';
import { Dialler } from './dialler';
import { HeadReader } from './head-reader';
import { type RequestText } from './request-text';

const sweepMs = 1_000;

export class Connections implements ConnectionOwner {
  private readonly dialler: Dialler;
  private readonly heads = new HeadReader();
  private readonly most: number;
  private readonly connectTimeoutMs: number;
  private readonly all = new Set<Connection>();
  /** The newest at the end. */
  private readonly idle: Connection[] = [];
  private opening = 0;
  /** In the order in which they came. */
  private readonly waiting = new Set<Exchange>();
  private willServe = false;
  private sweeper: NodeJS.Timeout | undefined;
  private whenClosed: (() => void) | undefined;

  constructor(
    url: URL,
    options: ClientOptions,
    private readonly requests: RequestText,
  ) {
    this.dialler = new Dialler(url, options);
    this.most = options.connections ?? 128;
    this.connectTimeoutMs = options.connectTimeoutMs ?? 1_000;
  }

  ask(exchange: Exchange): void {
    this.waiting.add(exchange);
    this.serveSoon();
  }

  /** It is over: if it waited, it waits no longer. */
  forget(exchange: Exchange): void {
    this.waiting.delete(exchange);
  }

  /** Resolves when no connection is left. Calls that wait are still served. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.whenClosed = resolve;
      this.endIfDone();
    });
  }

  opened(connection: Connection): void {
    this.opening--;
    this.keep(connection);
    this.serve();
  }

  released(connection: Connection): void {
    this.keep(connection);
    if (this.waiting.size > 0) this.serveSoon();
  }

  closed(connection: Connection, error: Error | undefined): void {
    this.all.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
    // one attempt, one call: the others have attempts of their own
    if (error) this.failOldest(error);
    if (error) this.opening--;
    if (this.waiting.size > 0) this.serveSoon();
    this.endIfDone();
  }

  /**
   * Not at once, but when all that has come by now is read: a connection that the server has ended, or sent on unasked, is known
   * before a call is written to it.
   */
  private serveSoon(): void {
    if (this.willServe) return;
    this.willServe = true;
    setImmediate(() => {
      this.willServe = false;
      this.serve();
    });
  }

  private serve(): void {
    for (const exchange of this.waiting) {
      const connection = this.newestIdle();
      if (!connection) break;
      this.waiting.delete(exchange);
      this.send(exchange, connection);
    }
    this.openMore();
    this.endIfDone();
  }

  private send(exchange: Exchange, connection: Connection): void {
    let head: string;
    try {
      head = this.requests.head(exchange.call);
    } catch (error) {
      this.idle.push(connection);
      return exchange.onResponseError(undefined, error as Error);
    }
    connection.send(exchange, head);
  }

  private newestIdle(): Connection | undefined {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.usable && connection.idleUntilMs > performance.now()) return connection;
      connection.drop('it idled for too long');
    }
    return undefined;
  }

  private openMore(): void {
    const { dialler, heads, connectTimeoutMs } = this;
    while (dialler.refusal !== undefined && this.waiting.size > 0) this.failOldest(new EgressRefused(dialler.refusal));
    while (this.opening < this.waiting.size && this.all.size < this.most) {
      this.all.add(new Connection(dialler, heads, connectTimeoutMs, this));
      this.opening++;
    }
  }

  private failOldest(error: Error): void {
    const [oldest] = this.waiting;
    if (!oldest) return;
    this.waiting.delete(oldest);
    oldest.onResponseError(undefined, error);
  }

  private keep(connection: Connection): void {
    this.idle.push(connection);
    this.sweeper ??= setTimeout(() => this.sweep(), sweepMs).unref();
    this.endIfDone();
  }

  private sweep(): void {
    this.sweeper = undefined;
    const nowMs = performance.now();
    for (const connection of [...this.idle])
      if (connection.idleUntilMs > nowMs) connection.rest();
      else connection.drop('it idled for long enough');
    if (this.idle.length > 0) this.sweeper = setTimeout(() => this.sweep(), sweepMs).unref();
  }

  private endIfDone(): void {
    if (!this.whenClosed || this.waiting.size > 0) return;
    for (const connection of this.all) if (!connection.busy) connection.drop('the instance is left');
    if (this.all.size > 0) return;
    clearTimeout(this.sweeper);
    this.whenClosed();
  }
}
