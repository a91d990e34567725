// An instance behind a pool of keep-alive connections. No redirects are followed, nothing is decompressed, nothing is retried.
import { Pool } from 'undici';
import { callHeaders, type ServerAuth } from './call-headers';
import { type ClientOptions } from './client-options';
import { Exchange } from './exchange';
import { guardedConnector } from './guarded-connector';
import { type ModelAnswer, type ModelCall, type ModelServer } from './model-server';

export class UndiciModelServer implements ModelServer {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly maxResponseBytes: number;
  private readonly auth: ServerAuth | undefined;
  private underWay = 0;

  constructor(
    readonly url: string,
    options: ClientOptions,
  ) {
    const { origin, pathname } = new URL(url);
    this.basePath = pathname === '/' ? '' : pathname.replace(/\/+$/, '');
    this.maxResponseBytes = options.maxResponseBytes ?? 8 * 1024 ** 2;
    this.auth = options.auth;
    const { address, trust, connectTimeoutMs: timeoutMs = 1_000 } = options;
    this.pool = new Pool(origin, {
      connections: options.connections ?? 128,
      pipelining: 1,
      connect: guardedConnector(options.egress, { timeoutMs, address, trust }),
      // the deadline is the exchange's
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get pending(): number {
    return this.underWay;
  }

  call(call: ModelCall): Promise<ModelAnswer> {
    if (call.cancellation?.requested)
      return Promise.resolve({ kind: 'failed', cause: 'cancelled', sent: false, detail: 'the caller left' });
    this.underWay++;
    return new Promise((resolve) => {
      const exchange = new Exchange(call, this.maxResponseBytes, (answer) => {
        this.underWay--;
        resolve(answer);
      });
      const { method, body } = call;
      const headers = callHeaders(call, this.auth);
      this.pool.dispatch({ method, path: this.basePath + call.path, headers, body }, exchange);
    });
  }

  async close(): Promise<void> {
    if (!this.pool.closed) await this.pool.close();
  }
}
