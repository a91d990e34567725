// An Open Inference server whose behaviour a spec chooses, and which remembers what it was asked.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Behaviour =
  | { readonly kind: 'answer'; readonly status?: number; readonly body?: unknown; readonly latencyMs?: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** 200 with a body that is not JSON. */
  | { readonly kind: 'garbage' }
  /** Headers at once, then a byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The connection is reset before an answer. */
  | { readonly kind: 'reset' }
  /** A body shorter than it was announced. */
  | { readonly kind: 'truncate' };

export interface ModelServerOptions {
  /** What the output `label` says. Default the server's name. */
  readonly label?: string | ((asked: Asked) => string);
  readonly name?: string;
}

export class ModelServer {
  behaviour: Behaviour = { kind: 'answer' };
  /** What /v2/health/ready and /v2/models/{model}/ready say. */
  ready = true;
  /** Infer calls and calls of any other path but those of health and metadata, oldest first. */
  readonly asked: Asked[] = [];
  private port = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: ModelServerOptions,
  ) {
    server.on('request', (request, response) => void this.handle(request, response));
  }

  static async start(options: ModelServerOptions = {}): Promise<ModelServer> {
    const model = new ModelServer(createServer(), options);
    await model.resume();
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** On the port it had. */
  async resume(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** As if killed: open connections are cut, new ones are refused. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    if (/\/(?:ready|live)$/.test(asked.path)) return send(response, this.ready ? 200 : 503, { ready: this.ready });
    if (request.method === 'GET') return send(response, 200, this.metadata());
    this.asked.push(asked);
    await this.behave(asked, response);
  }

  private async behave(asked: Asked, response: ServerResponse): Promise<void> {
    const { behaviour } = this;
    switch (behaviour.kind) {
      case 'answer':
        if (behaviour.latencyMs) await pause(behaviour.latencyMs);
        return send(response, behaviour.status ?? 200, behaviour.body ?? this.answer(asked, behaviour.status ?? 200));
      case 'hang':
        return;
      case 'garbage':
        return void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('<html>not what you asked for</html>');
      case 'drip':
        return drip(response, JSON.stringify(this.answer(asked, 200)), behaviour.everyMs);
      case 'reset':
        return void response.socket?.resetAndDestroy();
      case 'truncate':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4096' });
        response.write('{"outputs": [');
        return void response.socket?.end();
    }
  }

  private answer(asked: Asked, status: number): unknown {
    if (status >= 400) return { error: `the model says ${status}` };
    const { label = this.options.name ?? 'model' } = this.options;
    const data = [typeof label === 'string' ? label : label(asked)];
    const outputs = [{ name: 'label', datatype: 'BYTES', shape: [1], data }];
    return { model_name: this.options.name ?? 'model', id: idOf(asked.body), outputs };
  }

  private metadata(): unknown {
    const tensor = { datatype: 'BYTES', shape: [-1] };
    const name = this.options.name ?? 'model';
    return {
      name,
      platform: 'stub',
      versions: ['1'],
      inputs: [{ name: 'text', ...tensor }],
      outputs: [{ name: 'label', ...tensor }],
    };
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function drip(response: ServerResponse, text: string, everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (const letter of text) {
    if (response.destroyed) return;
    response.write(letter);
    await pause(everyMs);
  }
  response.end();
}

function idOf(body: Buffer): string | undefined {
  try {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
