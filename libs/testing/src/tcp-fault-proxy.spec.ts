// Each fault does to a connection what its name says, and ends when healed.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually, eventuallyPasses } from './eventually';
import { TcpFaultProxy } from './tcp-fault-proxy';

let echo: Server;
let proxy: TcpFaultProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpFaultProxy.start({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.stop();
  echo.close();
});

interface Client {
  readonly socket: Socket;
  text(): string;
}

async function open(): Promise<Client> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return { socket, text: () => text };
}

async function elapsed(client: Client, message: string): Promise<number> {
  const startMs = performance.now();
  const before = client.text().length;
  client.socket.write(message);
  await eventually(() => client.text().length === before + message.length, { everyMs: 1 });
  return performance.now() - startMs;
}

/** `once` would reject at the error that precedes the close. */
const gone = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

it('passes everything while there is no fault', async () => {
  const client = await open();
  const message = 'x'.repeat(300_000);
  await elapsed(client, message);
  expect(client.text()).toBe(message);
  expect([proxy.connections, proxy.open]).toEqual([1, 1]);
});

it('passes the end of a stream on, after its last byte', async () => {
  const client = await open();
  client.socket.end('last words');
  await once(client.socket, 'end');
  expect(client.text()).toBe('last words');
});

it('delays by the latency in both directions', async () => {
  const client = await open();
  proxy.set({ kind: 'latency', ms: 60 });
  expect(await elapsed(client, 'ping')).toBeGreaterThanOrEqual(115);
  proxy.heal();
  expect(await elapsed(client, 'ping')).toBeLessThan(60);
});

it('drips at the rate of slow', async () => {
  const client = await open();
  proxy.set({ kind: 'slow', bytesPerSecond: 5_000 });
  expect(await elapsed(client, 'x'.repeat(1_000))).toBeGreaterThan(180);
});

it('holds everything in a blackhole and lets it go when healed', async () => {
  const client = await open();
  await elapsed(client, 'before');
  proxy.set({ kind: 'blackhole' });
  client.socket.write(' after');
  const other = await open();
  other.socket.write('hello');
  expect([client.text(), other.text()]).toEqual(['before', '']);
  proxy.heal();
  await eventuallyPasses(() => expect([client.text(), other.text()]).toEqual(['before after', 'hello']));
});

it('resets old and new connections under reset', async () => {
  const client = await open();
  await elapsed(client, 'before');
  const closed = gone(client.socket);
  proxy.set({ kind: 'reset' });
  await closed;
  const other = connect({ port: proxy.port, host: '127.0.0.1' });
  sockets.push(other);
  other.on('error', () => {});
  await gone(other);
  expect([client.text(), other.bytesRead]).toEqual(['before', 0]);
});

it('ends one half of the connection under half-close', async () => {
  const client = await open();
  await elapsed(client, 'before');
  const ended = once(client.socket, 'end');
  proxy.set({ kind: 'half-close' });
  await ended;
  expect(client.socket.writable).toBe(true);
});

it('cuts what is open and takes new connections', async () => {
  const client = await open();
  const closed = gone(client.socket);
  proxy.cut();
  await closed;
  expect(await elapsed(await open(), 'again')).toBeGreaterThan(0);
});
