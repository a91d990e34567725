// A server whose every byte a spec chooses.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type LlhttpOracle } from './llhttp-oracle.fixture';
import { readOwn } from './own-reading.fixture';

interface Script {
  readonly pieces: readonly Buffer[];
  /** Ends its side after the last. */
  readonly ends: boolean;
}

export class ScriptedServer {
  private readonly scripts = new Map<string, Script>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      let asked = '';
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      socket.on('data', (bytes) => {
        asked += bytes.toString('latin1');
        if (!asked.endsWith('\r\n\r\n')) return;
        const script = this.scripts.get(asked.split(' ', 2)[1] as string);
        asked = '';
        if (script) void this.play(socket, script);
      });
    });
  }

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    await new Promise<void>((resolve) => scripted.server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * What a GET of /n is answered. The server ends its side where a reader waits for more. Bytes behind an answer come with its last:
   * later, nobody could tell them from the next one.
   */
  script(n: number, text: string, pieces: readonly Buffer[], oracle: LlhttpOracle): void {
    let [waits, whole] = [true, false];
    oracle.read(pieces, ({ state, keeps }) => {
      waits = state !== 'whole';
      whole = state === 'whole' && !keeps;
    });
    let kept = false;
    readOwn(pieces, ({ state, keeps }) => (kept = state === 'whole' && keeps));
    const ends = waits && !kept;
    this.scripts.set(`/${n}`, { pieces: whole ? [Buffer.from(text, 'latin1')] : pieces, ends });
  }

  forget(n: number): void {
    this.scripts.delete(`/${n}`);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async play(socket: Socket, { pieces, ends }: Script): Promise<void> {
    for (const piece of pieces) {
      if (socket.destroyed) return;
      socket.write(piece);
      // so that they leave one by one
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (ends) socket.end();
  }
}
