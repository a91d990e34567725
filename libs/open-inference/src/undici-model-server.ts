// An instance behind a pool of keep-alive connections. No redirects are followed, nothing is decompressed, nothing is retried.
import { Pool } from 'undici';
import { type EgressPolicy } from './egress-policy';
import { Exchange } from './exchange';
import { guardedConnector } from './guarded-connector';
import { type ModelAnswer, type ModelCall, type ModelServer } from './model-server';

export interface UndiciOptions {
  readonly egress: EgressPolicy;
  /** Connections per instance; calls beyond wait for one, within their deadline. Default 128. */
  readonly connections?: number;
  /** Default 2000. */
  readonly connectTimeoutMs?: number;
  /** Default 8 MiB. */
  readonly maxResponseBytes?: number;
}

export class UndiciModelServer implements ModelServer {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly maxResponseBytes: number;
  private underWay = 0;

  constructor(
    readonly url: string,
    options: UndiciOptions,
  ) {
    const { origin, pathname } = new URL(url);
    this.basePath = pathname === '/' ? '' : pathname.replace(/\/+$/, '');
    this.maxResponseBytes = options.maxResponseBytes ?? 8 * 1024 ** 2;
    this.pool = new Pool(origin, {
      connections: options.connections ?? 128,
      pipelining: 1,
      connect: guardedConnector(options.egress, options.connectTimeoutMs ?? 2_000),
      // the deadline is the exchange's
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get pending(): number {
    return this.underWay;
  }

  async call(call: ModelCall): Promise<ModelAnswer> {
    if (call.cancellation?.requested)
      return { kind: 'failed', cause: 'cancelled', sent: false, detail: 'the caller left' };
    this.underWay++;
    const answer = await new Promise<ModelAnswer>((resolve) => {
      const exchange = new Exchange(call, this.maxResponseBytes, resolve);
      const { method, headers, body } = call;
      this.pool.dispatch({ method, path: this.basePath + call.path, headers: headers as string[], body }, exchange);
    });
    this.underWay--;
    return answer;
  }

  async close(): Promise<void> {
    if (!this.pool.closed) await this.pool.close();
  }
}
