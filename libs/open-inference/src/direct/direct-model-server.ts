// An instance behind keep-alive connections of our own: HTTP/1.1 over node:net and node:tls, for what calls to model servers need.
import { type ClientOptions } from '../client-options';
import { Exchange } from '../exchange';
import { type ModelAnswer, type ModelCall, type ModelServer } from '../model-server';
import { Connections } from './connections';
import { RequestText } from './request-text';

export class DirectModelServer implements ModelServer {
  private readonly connections: Connections;
  private readonly maxResponseBytes: number;
  private underWay = 0;
  private ending: Promise<void> | undefined;

  constructor(
    readonly url: string,
    options: ClientOptions,
  ) {
    const parsed = new URL(url);
    this.maxResponseBytes = options.maxResponseBytes ?? 8 * 1024 ** 2;
    this.connections = new Connections(parsed, options, new RequestText(parsed, options.auth));
  }

  get pending(): number {
    return this.underWay;
  }

  call(call: ModelCall): Promise<ModelAnswer> {
    if (call.cancellation?.requested)
      return Promise.resolve({ kind: 'failed', cause: 'cancelled', sent: false, detail: 'the caller left' });
    if (this.ending)
      return Promise.resolve({ kind: 'failed', cause: 'unreachable', sent: false, detail: 'the instance is closed' });
    this.underWay++;
    return new Promise((resolve) => {
      const exchange = new Exchange(call, this.maxResponseBytes, (answer) => {
        this.underWay--;
        this.connections.forget(exchange);
        resolve(answer);
      });
      this.connections.ask(exchange);
    });
  }

  close(): Promise<void> {
    return (this.ending ??= this.connections.close());
  }
}
