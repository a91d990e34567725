// The other end of a client's connections, byte by byte in a spec's hands.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Question {
  /** Which connection it came over, from 0. */
  readonly connection: number;
  readonly path: string;
  readonly text: string;
  readonly socket: Socket;
}

export class RawPeer {
  /** In the order in which they came; whole questions only, unless `answersAtOnce`. */
  readonly questions: Question[] = [];
  readonly sockets: Socket[] = [];
  /** Connections that are over. */
  closed = 0;
  /** What is done with a question. */
  reply: (question: Question) => void = ({ socket }) => void socket.write(answer('{}'));
  /** What is done with a connection before anything came over it. */
  greet: (socket: Socket) => void = () => undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.connected(socket));
  }

  static async start(): Promise<RawPeer> {
    const peer = new RawPeer(createServer({ noDelay: true }));
    await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connected(socket: Socket): void {
    const connection = this.sockets.push(socket) - 1;
    socket.on('error', () => undefined).on('close', () => this.closed++);
    this.greet(socket);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      const question = { connection, path: text.split(' ', 2)[1] as string, text, socket };
      text = '';
      this.questions.push(question);
      this.reply(question);
    });
  }
}

export function answer(body: string, ...headers: readonly string[]): string {
  return ['HTTP/1.1 200 OK', `content-length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n');
}
