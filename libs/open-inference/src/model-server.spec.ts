// The real clients over real sockets and the fake, held to one contract.
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { type ClientOptions } from './client-options';
import { DirectModelServer } from './direct/direct-model-server';
import { EgressPolicy } from './egress-policy';
import { FakeModelServer, type FakeBehaviour } from './fake-model-server';
import { type ModelServer } from './model-server';
import { auth, describeModelServer, maxResponseBytes, type ModelServerUnderTest } from './model-server.contract';
import { UndiciModelServer } from './undici-model-server';

const egress = new EgressPolicy({ allowLoopback: true });

describeModelServer('the fake', () => {
  const server = new FakeModelServer('http://fake', { kind: 'answer' }, maxResponseBytes, auth);
  return Promise.resolve({
    server,
    behave: (behaviour: FakeBehaviour) => (server.behaviour = behaviour),
    received: () => server.received,
    close: () => server.close(),
  });
});

type Open = (url: string, options: ClientOptions) => ModelServer;
const clients: readonly [string, Open][] = [
  ['undici', (url, options) => new UndiciModelServer(url, options)],
  ['direct', (url, options) => new DirectModelServer(url, options)],
];

for (const [name, open] of clients) describeModelServer(name, () => startReal(open));

async function startReal(open: Open): Promise<ModelServerUnderTest> {
  let behaviour: FakeBehaviour = { kind: 'answer' };
  let received: readonly string[] = [];
  let http: Server | undefined = createServer((request, response) => {
    received = request.rawHeaders;
    if (behaviour.kind === 'hang') return;
    if (behaviour.kind !== 'answer') return request.socket.destroy();
    const { status = 200, headers = {}, body = '{}', afterMs = 0 } = behaviour;
    setTimeout(() => response.writeHead(status, headers).end(body), afterMs);
  });
  await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server = open(`http://127.0.0.1:${port}`, { egress, maxResponseBytes, auth });
  const stop = (): void => {
    http?.closeAllConnections();
    http?.close();
    http = undefined;
  };
  return {
    server,
    behave: (next) => {
      behaviour = next;
      if (next.kind === 'refuse') stop();
    },
    received: () => received,
    close: async () => {
      stop();
      await server.close();
    },
  };
}

describe.each(clients)('%s, beyond the contract', (_name, open) => {
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (data) => reply(socket, data));
  });
  let reply: (socket: Socket, data: Buffer) => void = () => undefined;
  let server: ModelServer;

  beforeAll(async () => {
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    server = open(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}/base/`, { egress, maxResponseBytes });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    tcp.close();
    await server.close();
  });

  const infer = {
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: ['x-own', '1'],
    body: Buffer.from('{"a":1}'),
    timeoutMs: 500,
  } as const;

  it('sends path, headers and body as they are, below the base path of the instance', async () => {
    const sent = new Promise<string>((resolve) => {
      reply = (socket, data) => {
        resolve(data.toString());
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      };
    });
    expect(await server.call(infer)).toMatchObject({ kind: 'answered', status: 200 });
    expect((await sent).split('\r\n')).toEqual(
      expect.arrayContaining(['POST /base/v2/models/m/infer HTTP/1.1', 'x-own: 1', 'content-length: 7', '{"a":1}']),
    );
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    ['fewer bytes than promised', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
  ])('takes %s for a broken answer', async (_, bytes) => {
    reply = (socket) => socket.end(bytes);
    expect(await server.call(infer)).toMatchObject({ kind: 'failed', cause: 'broken', sent: true });
  });

  it('gives up on a server that drips its answer, and drops the connection', async () => {
    const drips: NodeJS.Timeout[] = [];
    reply = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n');
      drips.push(setInterval(() => socket.write('x'), 20));
    };
    expect(await server.call({ ...infer, timeoutMs: 120 })).toMatchObject({ cause: 'timeout', sent: true });
    drips.forEach(clearInterval);
  });

  it('never dials what the egress policy refuses, by address or by name', async () => {
    const strict = new EgressPolicy({ allowLoopback: false });
    const { port } = tcp.address() as AddressInfo;
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254']) {
      const refused = open(`http://${host}:${port}`, { egress: strict });
      const answer = await refused.call(infer);
      expect(answer).toMatchObject({ kind: 'failed', cause: 'unreachable', sent: false });
      expect(answer.kind === 'failed' && answer.detail).toMatch(/is (loopback|linkLocal)/);
      await refused.close();
    }
  });
});
