// Servers and networks that fail, over real sockets: what a version's servers make of it, and how soon they are found again.
import { eventually, ModelServer, TcpFaultProxy } from '@weir/testing';
import { createServer, type Server, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';
import { DirectModelServer } from './direct/direct-model-server';
import { EgressPolicy } from './egress-policy';
import { type ModelAnswer, type ModelCall, type ModelServer as Client } from './model-server';
import { UndiciModelServer } from './undici-model-server';
import { VersionServers, type VersionServersOptions } from './version-servers';

const egress = new EgressPolicy({ allowLoopback: true });
const maxResponseBytes = 100_000;
type Open = (url: string, address?: string) => Client;
const clients: readonly [string, Open][] = [
  ['undici', (url, address) => new UndiciModelServer(url, { egress, address, maxResponseBytes })],
  ['direct', (url, address) => new DirectModelServer(url, { egress, address, maxResponseBytes })],
];
let open: Open;
const call: ModelCall = {
  method: 'POST',
  path: '/v2/models/m/infer',
  headers: [],
  body: Buffer.from('{}'),
  timeoutMs: 10_000,
};
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function serversOf(urls: readonly string[], options: Partial<VersionServersOptions> = {}): VersionServers {
  const version = new VersionServers({ modelName: 'm' }, { open, timing: { intervalMs: 20 }, ...options });
  version.serve(urls);
  closing.push(() => version.close());
  return version;
}

async function modelServer(): Promise<ModelServer> {
  const server = await ModelServer.start();
  closing.push(() => server.stop());
  return server;
}

async function proxied(): Promise<{ server: ModelServer; proxy: TcpFaultProxy; url: string }> {
  const server = await modelServer();
  const proxy = await TcpFaultProxy.start({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  closing.push(() => proxy.stop());
  return { server, proxy, url: `http://127.0.0.1:${proxy.port}` };
}

/** A server that says these bytes, whatever it is asked. */
async function saying(say: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', () => say(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const good = (answer: ModelAnswer): boolean => answer.kind === 'answered' && answer.status === 200;

describe.each(clients)('by %s,', (_name, client) => {
  beforeEach(() => void (open = client));

  describe('a server that is killed', () => {
    it('costs no call that could go elsewhere, and is in service again soon after its return', async () => {
      const [one, other] = [await modelServer(), await modelServer()];
      const version = serversOf([one.url, other.url]);
      await one.stop();
      for (let i = 0; i < 50; i++) expect(good(await version.call(call, false))).toBe(true);
      expect(version.states()).toEqual({ ready: 1, unready: 1, open: 0 });
      await one.resume();
      await eventually(() => version.states().ready === 2);
      const before = one.asked.length;
      await eventually(async () => good(await version.call(call, false)) && one.asked.length > before);
    });

    it('breaks the calls that it had, and those are not asked again', async () => {
      const { server, proxy, url } = await proxied();
      const other = await modelServer();
      server.behaviour = { kind: 'hang' };
      const version = serversOf([url]);
      const underWay = version.call(call, false);
      await eventually(() => server.asked.length === 1);
      version.serve([url, other.url]);
      proxy.cut();
      expect(await underWay).toMatchObject({ kind: 'failed', cause: 'broken', sent: true });
      expect(other.asked).toEqual([]);
    });
  });

  describe('a server that hangs', () => {
    it('is left alone after five calls, and found again within five seconds', async () => {
      const server = await modelServer();
      const version = serversOf([server.url]);
      server.behaviour = { kind: 'hang' };
      await Promise.all(Array.from({ length: 20 }, () => version.call({ ...call, timeoutMs: 100 }, false)));
      expect(version.states().open).toBe(1);
      const asked = server.asked.length;
      for (let i = 0; i < 20; i++) await version.call({ ...call, timeoutMs: 100 }, false);
      expect(server.asked.length - asked).toBeLessThan(5);
      server.behaviour = { kind: 'answer' };
      await eventually(async () => good(await version.call(call, false)), { timeoutMs: 20_000 });
      expect(version.states().ready).toBe(1);
    });

    it('is found by its probes, all of it having hung, and found again when the network is back', async () => {
      const { proxy, url } = await proxied();
      const version = serversOf([url], { timing: { intervalMs: 20, timeoutMs: 200 } });
      expect(good(await version.call(call, false))).toBe(true);
      proxy.set({ kind: 'blackhole' });
      await eventually(() => !version.ready);
      expect(await version.call(call, false)).toMatchObject({ cause: 'unreachable', sent: false });
      proxy.heal();
      await eventually(() => version.ready);
      expect(good(await version.call(call, false))).toBe(true);
    });
  });

  describe('a server that closes an idle connection', () => {
    it('is asked over a new one, and a call is never sent twice', async () => {
      const { server, proxy, url } = await proxied();
      const version = serversOf([url], { timing: { intervalMs: 60_000 } });
      expect(good(await version.call(call, false))).toBe(true);
      const before = proxy.connections;
      proxy.cut();
      const answers: ModelAnswer[] = [];
      await eventually(async () => {
        const answer = await version.call(call, true);
        answers.push(answer);
        return good(answer);
      });
      expect(proxy.connections).toBeGreaterThan(before);
      // each call that failed says whether it was sent; the server has seen no more than those and the good ones
      const sent = answers.filter((answer) => answer.kind === 'answered' || answer.sent).length;
      expect(server.asked.length - 1).toBeLessThanOrEqual(sent);
    });
  });

  describe('an answer that is none', () => {
    const head = 'HTTP/1.1 200 OK\r\n';
    it.each([
      [
        'ends where a body was promised',
        (socket: Socket) => socket.end(`${head}content-length: 9\r\n\r\n{}`),
        'broken',
      ],
      ['ends its side without a word', (socket: Socket) => socket.end(), 'broken'],
      ['is not HTTP', (socket: Socket) => socket.end('220 smtp ready\r\n'), 'broken'],
      ['has headers without end', (socket: Socket) => socket.write(`${head}x: ${'y'.repeat(40_000)}`), 'broken'],
      [
        'says how large it is, and is too large',
        (socket: Socket) => socket.write(`${head}content-length: 99999999\r\n\r\n`),
        'too-large',
      ],
      [
        'has chunks without end',
        (socket: Socket) => {
          socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
          const chunk = `4000\r\n${'z'.repeat(0x4000)}\r\n`;
          for (let i = 0; i < 20; i++) socket.write(chunk);
        },
        'too-large',
      ],
    ] as const)('%s: it is a failure of its own kind, and the next call is not harmed', async (_, say, cause) => {
      let broken = true;
      const url = await saying((socket) => {
        if (broken) say(socket);
        else socket.end(`${head}content-length: 2\r\n\r\n{}`);
      });
      const version = serversOf([url], { timing: { intervalMs: 60_000 } });
      expect(await version.call(call, true)).toMatchObject({ kind: 'failed', cause, sent: true });
      broken = false;
      expect(good(await version.call(call, true))).toBe(true);
    });

    it.each([
      ['headers one byte at a time', (socket: Socket) => void socket.write('H')],
      ['a body that never goes on', (socket: Socket) => void socket.write(`${head}content-length: 9\r\n\r\n{`)],
      ['early hints and nothing after them', (socket: Socket) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')],
    ])('has %s: the deadline ends it, and the connection with it', async (_, say) => {
      let closed = false;
      const url = await saying((socket) => {
        socket.on('close', () => (closed = true));
        say(socket);
      });
      const version = serversOf([url], { timing: { intervalMs: 60_000 } });
      expect(await version.call({ ...call, timeoutMs: 150 }, true)).toMatchObject({ cause: 'timeout', sent: true });
      await eventually(() => closed);
    });
  });

  describe('a name that is followed', () => {
    it('is dialled at its addresses and named to the servers, and loses none of its calls when they change', async () => {
      const server = await modelServer();
      server.behaviour = { kind: 'answer', latencyMs: 30 };
      const { port } = new URL(server.url);
      let addresses: readonly string[] | Error = new Error('not yet');
      const resolve = (): Promise<readonly string[]> =>
        addresses instanceof Error ? Promise.reject(addresses) : Promise.resolve(addresses);
      const timing = { intervalMs: 60_000, refreshMs: 5, retryMs: 5 };
      const version = serversOf([`dns+http://models.test:${port}`], { resolve, timing });
      expect(await version.call(call, true)).toMatchObject({ cause: 'unreachable', sent: false });
      addresses = ['127.0.0.1'];
      await eventually(() => version.ready);
      const underWay = Array.from({ length: 20 }, () => version.call(call, false));
      addresses = ['127.0.0.1', '127.0.0.9'];
      await eventually(() => version.states().ready === 2);
      addresses = ['127.0.0.9'];
      await eventually(() => version.states().ready === 1);
      expect((await Promise.all(underWay)).every(good)).toBe(true);
      expect(server.asked[0]?.headers.host).toBe(`models.test:${port}`);
    });
  });
});
