// Model servers for the system under test: the Open Inference Protocol by a stub whose faults can be switched on while it serves.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';

export type Behaviour = 'answers' | 'fails' | 'hangs' | 'garbage' | 'resets';

export class ModelServer {
  behaviour: Behaviour = 'answers';
  requests = 0;
  private server: Server | undefined;
  private port = 0;

  constructor(
    readonly version: string,
    private readonly label: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    this.server = createServer((request, response) => this.handle(request, response));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Gone: connections are cut and new ones refused, until started again on the same port. */
  async stop(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
    this.server = undefined;
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    request.on('end', () =>
      request.method === 'POST' ? this.infer(request, response) : this.answer(response, 200, this.metadata()),
    );
  }

  private infer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    switch (this.behaviour) {
      case 'answers':
        return this.answer(response, 200, this.prediction());
      case 'fails':
        return this.answer(response, 500, { error: 'out of order' });
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' });
        response.write('{"outputs": [');
        request.socket.destroy();
        return;
      case 'resets':
        request.socket.destroy();
        return;
      case 'hangs':
        return;
    }
  }

  private answer(response: ServerResponse, status: number, body: unknown): void {
    const text = JSON.stringify(body);
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  }

  private prediction(): unknown {
    return {
      model_name: 'tested',
      model_version: this.version,
      outputs: [{ name: 'label', shape: [1], datatype: 'BYTES', data: [this.label] }],
    };
  }

  private metadata(): unknown {
    return { name: 'tested', live: true, ready: true, platform: 'stub', inputs: [], outputs: [] };
  }
}
