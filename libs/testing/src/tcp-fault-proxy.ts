// A TCP proxy that a spec can make slow, deaf or dead, to see how a client takes it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Fault =
  | { readonly kind: 'none' }
  /** Each chunk is this late, in both directions. */
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Connections are taken and nothing passes; what was held passes when the fault is over, as TCP would. */
  | { readonly kind: 'blackhole' }
  /** Every connection, old and new, is reset. */
  | { readonly kind: 'reset' }
  /** The client sees the end of the stream while its own side stays open. */
  | { readonly kind: 'half-close' };

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

export class TcpFaultProxy {
  /** Connections taken since the start. */
  connections = 0;
  private fault: Fault = { kind: 'none' };
  private readonly pairs = new Set<Pair>();
  private changed = signal();

  private constructor(
    private readonly upstream: { readonly host: string; readonly port: number },
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async start(upstream: { host: string; port: number }, listenPort = 0): Promise<TcpFaultProxy> {
    const proxy = new TcpFaultProxy(upstream, createServer({ allowHalfOpen: true, noDelay: true }));
    proxy.server.listen(listenPort, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** For connections that are open and those to come. */
  set(fault: Fault): void {
    this.fault = fault;
    this.changed.resolve();
    this.changed = signal();
    if (fault.kind === 'reset') this.cut();
    if (fault.kind === 'half-close') for (const { client } of this.pairs) client.end();
  }

  heal(): void {
    this.set({ kind: 'none' });
  }

  /** Resets what is open now; new connections pass. */
  cut(): void {
    for (const { client, upstream } of this.pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  async stop(): Promise<void> {
    this.heal();
    this.cut();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    this.connections += 1;
    client.on('error', () => client.destroy());
    if (this.fault.kind === 'reset') return void client.resetAndDestroy();
    if (this.fault.kind === 'half-close') client.end();
    const upstream = connect({ ...this.upstream, allowHalfOpen: true, noDelay: true });
    const pair = { client, upstream };
    this.pairs.add(pair);
    upstream.on('error', () => client.destroy());
    client.on('close', () => {
      this.pairs.delete(pair);
      upstream.destroy();
    });
    upstream.on('close', () => client.end());
    void this.pump(client, upstream);
    void this.pump(upstream, client);
  }

  private async pump(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.pass(chunk, to);
      }
      to.end();
    } catch {
      to.destroy(); // one side is gone: so is the other
    }
  }

  private async pass(chunk: Buffer, to: Socket): Promise<void> {
    while (this.fault.kind === 'blackhole') await this.changed.promise;
    if (this.fault.kind === 'latency') await pause(this.fault.ms);
    if (this.fault.kind === 'slow') return this.drip(chunk, to, this.fault.bytesPerSecond);
    if (to.writable) await write(to, chunk);
  }

  private async drip(chunk: Buffer, to: Socket, bytesPerSecond: number): Promise<void> {
    const piece = Math.max(1, Math.round(bytesPerSecond / 50));
    for (let at = 0; at < chunk.length && to.writable; at += piece) {
      await write(to, chunk.subarray(at, at + piece));
      if (this.fault.kind === 'slow') await pause(20);
    }
  }
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
