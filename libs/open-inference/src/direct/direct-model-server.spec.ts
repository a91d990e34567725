// Our client over real sockets, rule by rule; model-server.spec.ts holds it to the contract of all clients, answer-reader.spec.ts to HTTP.
import { eventually } from '@weir/testing';
import { once } from 'node:events';
import { Cancellation } from '../cancellation';
import { type ClientOptions } from '../client-options';
import { EgressPolicy } from '../egress-policy';
import { type AnswerSink, type Flow, type ModelAnswer, type ModelCall } from '../model-server';
import { DirectModelServer } from './direct-model-server';
import { answer, RawPeer, type Question } from './raw-peer.fixture';

const egress = new EgressPolicy({ allowLoopback: true });
let peer: RawPeer;
let servers: DirectModelServer[] = [];

beforeEach(async () => {
  peer = await RawPeer.start();
});
afterEach(async () => {
  await peer.stop();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

function open(options: Partial<ClientOptions> = {}, protocol = 'http'): DirectModelServer {
  const server = new DirectModelServer(`${protocol}://127.0.0.1:${peer.port}`, { egress, ...options });
  servers.push(server);
  return server;
}

const ask = (path: string, changed: Partial<ModelCall> = {}): ModelCall => ({
  method: 'POST',
  path,
  headers: [],
  body: Buffer.from('{}'),
  timeoutMs: 30_000,
  ...changed,
});
const good = { kind: 'answered', status: 200 };
const bodyOf = (given: ModelAnswer): string => (given.kind === 'answered' ? given.body.toString() : given.detail);

/** Keeps questions until they are answered by hand. */
function hold(): Question[] {
  const held: Question[] = [];
  peer.reply = (question) => held.push(question);
  return held;
}

describe('a question', () => {
  it('goes over the wire as it is, in one piece', async () => {
    const pieces: string[] = [];
    peer.greet = (socket) => void socket.on('data', (bytes: Buffer) => pieces.push(bytes.toString('latin1')));
    const auth = { header: 'x-key', value: () => 'k' };
    const body = Buffer.from('{"a":"\u00e9"}');
    expect(
      await open({ auth }).call(ask('/a?b=c', { headers: ['x-\u0041', 'v \xe9'], body, timeoutMs: 9_000 })),
    ).toMatchObject(good);
    expect(pieces).toEqual([
      [
        'POST /a?b=c HTTP/1.1',
        `host: 127.0.0.1:${peer.port}`,
        'connection: keep-alive',
        'x-A: v \xe9',
        'x-request-timeout-ms: 9000',
        'x-key: k',
        'content-length: 10',
        '',
        body.toString('latin1'),
      ].join('\r\n'),
    ]);
  });

  it('without a body has no length where it is a GET, and none to speak of where it is a POST', async () => {
    const server = open();
    await server.call(ask('/g', { method: 'GET', body: null }));
    await server.call(ask('/p', { body: null }));
    const [get, post] = peer.questions.map(({ text }) => text);
    expect(get).not.toContain('content-length');
    expect(post).toContain('content-length: 0\r\n\r\n');
  });

  it('of a megabyte comes as it was sent', async () => {
    const body = Buffer.alloc(1024 ** 2, 'abcdefg');
    expect(await open().call(ask('/', { body }))).toMatchObject(good);
    expect(peer.questions[0]?.text.endsWith(`\r\n\r\n${body.toString()}`)).toBe(true);
  });

  it.each([
    ['a header value with CR and LF', { headers: ['x', 'a\r\ny: b'] }],
    ['a header value with LF', { headers: ['x', 'a\ny: b'] }],
    ['a header value with NUL', { headers: ['x', 'a\0'] }],
    ['a header value beyond Latin-1', { headers: ['x', 'a\u010a'] }],
    ['a header name with a colon', { headers: ['x: a', 'b'] }],
    ['a header name with CR and LF', { headers: ['x\r\ny', 'b'] }],
    ['an empty header name', { headers: ['', 'b'] }],
    ['a length of its own', { headers: ['Content-Length', '1'] }],
    ['an encoding of its own', { headers: ['transfer-encoding', 'chunked'] }],
    ['a host of its own', { headers: ['Host', 'elsewhere'] }],
    ['a connection of its own', { headers: ['Connection', 'close'] }],
    ['an expectation', { headers: ['expect', '100-continue'] }],
    ['a path with a blank', { path: '/a HTTP/1.1' }],
    ['a path with CR and LF', { path: '/a\r\nx: y' }],
    ['a path without a slash', { path: 'a' }],
  ])('with %s is not sent, and harms no other', async (_, changed) => {
    const server = open();
    expect(await server.call(ask('/', changed))).toMatchObject({ kind: 'failed', cause: 'unreachable', sent: false });
    expect(await server.call(ask('/next'))).toMatchObject(good);
    expect(peer.questions.map(({ path }) => path)).toEqual(['/next']);
    expect(peer.sockets.length).toBe(1);
  });
});

describe('connections', () => {
  it('are made to a name that has several addresses, of which one listens', async () => {
    const server = new DirectModelServer(`http://localhost:${peer.port}`, { egress });
    servers.push(server);
    for (let i = 0; i < 3; i++) expect(await server.call(ask('/'))).toMatchObject(good);
    expect(peer.sockets.length).toBe(1);
  });

  it('are kept, and the one that was used last is used next', async () => {
    const server = open();
    const held = hold();
    const both = [server.call(ask('/0')), server.call(ask('/1'))];
    await eventually(() => held.length === 2);
    for (const { socket } of held) socket.write(answer('{}'));
    await Promise.all(both);
    peer.reply = ({ socket }) => void socket.write(answer('{}'));
    for (let i = 0; i < 5; i++) expect(await server.call(ask('/later'))).toMatchObject(good);
    expect(peer.sockets.length).toBe(2);
    expect(new Set(peer.questions.slice(2).map(({ connection }) => connection)).size).toBe(1);
  });

  it('are no more than allowed; further calls wait, and are asked in their order', async () => {
    const server = open({ connections: 2 });
    const held = hold();
    const calls = Array.from({ length: 6 }, (_, i) => server.call(ask(`/${i}`)));
    for (let i = 0; i < 6; i++) {
      await eventually(() => held.length > i);
      held[i]?.socket.write(answer(`"${held[i]?.path}"`));
    }
    expect((await Promise.all(calls)).map(bodyOf)).toEqual(['"/0"', '"/1"', '"/2"', '"/3"', '"/4"', '"/5"']);
    expect(peer.questions.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
    expect(peer.sockets.length).toBe(2);
  });

  it('carry hundreds of calls at once, each with its own answer', async () => {
    const server = open();
    peer.reply = ({ socket, path }) => setImmediate(() => socket.write(answer(path)));
    const paths = Array.from({ length: 500 }, (_, i) => `/${i}`);
    expect((await Promise.all(paths.map((path) => server.call(ask(path))))).map(bodyOf)).toEqual(paths);
    expect(peer.sockets.length).toBeLessThanOrEqual(128);
    expect(server.pending).toBe(0);
  });

  it('are not kept where the server says that it keeps them hardly longer than the answer takes', async () => {
    peer.reply = ({ socket }) => void socket.write(answer('{}', 'Keep-Alive: timeout=2'));
    const server = open();
    for (let i = 0; i < 3; i++) expect(await server.call(ask('/'))).toMatchObject(good);
    expect(peer.sockets.length).toBe(3);
  });

  it('are closed before the server would close them', async () => {
    peer.reply = ({ socket }) => void socket.write(answer('{}', 'Keep-Alive: timeout=3, max=100'));
    expect(await open().call(ask('/'))).toMatchObject(good);
    await eventually(() => peer.closed === 1, { timeoutMs: 20_000 });
  });

  it('that the server ended while they idled cost no call', async () => {
    const server = open();
    for (let i = 0; i < 5; i++) {
      expect(await server.call(ask(`/${i}`))).toMatchObject(good);
      const socket = peer.sockets[i];
      socket?.end();
      if (socket?.closed === false) await once(socket, 'close');
    }
    expect(peer.questions.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3', '/4']);
  });

  it('that end after a call was written break it, and it is not sent again', async () => {
    const server = open();
    expect(await server.call(ask('/first'))).toMatchObject(good);
    peer.reply = ({ socket }) => socket.destroy();
    expect(await server.call(ask('/second'))).toMatchObject({ kind: 'failed', cause: 'broken', sent: true });
    expect(peer.questions.map(({ path, connection }) => [path, connection])).toEqual([
      ['/first', 0],
      ['/second', 0],
    ]);
  });

  it('over which bytes came that nobody had asked for are used no more', async () => {
    const server = open();
    expect(await server.call(ask('/'))).toMatchObject(good);
    peer.sockets[0]?.write(answer('"forged"'));
    await eventually(() => peer.closed === 1);
    expect(bodyOf(await server.call(ask('/')))).toBe('{}');
    expect(peer.sockets.length).toBe(2);
  });

  it('over which more came than the answer are used no more', async () => {
    peer.reply = ({ socket }) => void socket.write(answer('{}') + answer('"forged"'));
    const server = open();
    for (let i = 0; i < 3; i++) expect(bodyOf(await server.call(ask('/')))).toBe('{}');
    expect(peer.sockets.length).toBe(3);
  });

  it('over which bytes come before any question are used no more', async () => {
    peer.greet = (socket) => void (peer.sockets.length === 1 && socket.write(answer('"forged"')));
    const server = open();
    const first = await server.call(ask('/'));
    // the greeting may meet the question on its way: then nobody can tell it from an answer
    expect(bodyOf(first) === '{}' || peer.sockets.length === 1).toBe(true);
    await eventually(() => peer.closed === 1);
    expect(bodyOf(await server.call(ask('/')))).toBe('{}');
  });

  it('on which an answer came before all of the question was taken are used no more', async () => {
    peer.greet = (socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\n{}');
    };
    const server = open();
    const body = Buffer.alloc(64 * 1024 ** 2);
    expect(await server.call(ask('/', { body }))).toMatchObject({ kind: 'answered', status: 413 });
    await eventually(() => server.pending === 0);
    peer.sockets[0]?.resume();
    await eventually(() => peer.closed === 1);
  });

  it('are dropped with the call that is given up', async () => {
    hold();
    const cancellation = new Cancellation();
    const given = open().call(ask('/', { cancellation }));
    await eventually(() => peer.questions.length === 1);
    cancellation.request();
    expect(await given).toMatchObject({ cause: 'cancelled', sent: true });
    await eventually(() => peer.closed === 1);
  });

  it('are all closed at the end, but not under a call', async () => {
    const server = open();
    const held = hold();
    const calls = [server.call(ask('/0')), server.call(ask('/1'))];
    await eventually(() => held.length === 2);
    held[0]?.socket.write(answer('{}'));
    await calls[0];
    const closing = server.close();
    await eventually(() => peer.closed === 1);
    held[1]?.socket.write(answer('{}'));
    await closing;
    expect(await calls[1]).toMatchObject(good);
    await eventually(() => peer.closed === 2);
    expect(await server.call(ask('/late'))).toMatchObject({ cause: 'unreachable', sent: false });
  });
});

describe('a call that waits for a connection', () => {
  it('is over at its deadline or when its caller leaves, unsent; the server never sees it', async () => {
    const server = open({ connections: 1 });
    const held = hold();
    const first = server.call(ask('/first'));
    await eventually(() => held.length === 1);
    const cancellation = new Cancellation();
    const [late, left] = [server.call(ask('/late', { timeoutMs: 20 })), server.call(ask('/left', { cancellation }))];
    const patient = server.call(ask('/patient'));
    expect(await late).toMatchObject({ cause: 'timeout', sent: false });
    cancellation.request();
    expect(await left).toMatchObject({ cause: 'cancelled', sent: false });
    held[0]?.socket.write(answer('{}'));
    await first;
    await eventually(() => held.length === 2);
    held[1]?.socket.write(answer('{}'));
    expect(await patient).toMatchObject(good);
    expect(peer.questions.map(({ path }) => path)).toEqual(['/first', '/patient']);
  });

  it('takes the first connection that is free, be it an old one', async () => {
    const server = open({ connections: 1 });
    const held = hold();
    const calls = [server.call(ask('/0')), server.call(ask('/1'))];
    await eventually(() => held.length === 1);
    held[0]?.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}');
    await eventually(() => held.length === 2);
    held[1]?.socket.write(answer('{}'));
    for (const given of await Promise.all(calls)) expect(given).toMatchObject(good);
    expect(peer.sockets.length).toBe(2);
  });

  it('is unreachable when none comes about in time, TLS included', async () => {
    const server = open({ connectTimeoutMs: 50 }, 'https');
    const calls = [server.call(ask('/0')), server.call(ask('/1'))];
    for (const given of await Promise.all(calls))
      expect(given).toMatchObject({ cause: 'unreachable', sent: false, detail: 'no connection within 50 ms' });
    expect(peer.questions).toEqual([]);
  });
});

describe('an answer that is taken as it comes', () => {
  const bodies: string[] = [];
  let flow: Flow | undefined;
  const sink = (changed: Partial<AnswerSink> = {}): AnswerSink => ({
    wholeTimeoutMs: 60_000,
    begin: (_status, _headers, given) => {
      flow = given;
      return true;
    },
    write: (chunk) => void bodies.push(chunk.toString('latin1')),
    ...changed,
  });
  beforeEach(() => {
    bodies.length = 0;
    flow = undefined;
  });
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

  it('comes piece by piece, and leaves its connection for the next', async () => {
    const held = hold();
    const server = open();
    const given = server.call(ask('/', { sink: sink() }));
    await eventually(() => held.length === 1);
    held[0]?.socket.write(head + chunk('one'));
    await eventually(() => bodies.length === 1);
    held[0]?.socket.write(chunk('two') + chunk('three'));
    await eventually(() => bodies.length === 3);
    held[0]?.socket.write('0\r\n\r\n');
    expect(await given).toMatchObject({ ...good, body: Buffer.alloc(0) });
    expect(bodies).toEqual(['one', 'two', 'three']);
    peer.reply = ({ socket }) => void socket.write(answer('{}'));
    expect(await server.call(ask('/'))).toMatchObject(good);
    expect(peer.sockets.length).toBe(1);
  });

  it('is held back while its taker pauses, and comes whole after that', async () => {
    const size = 64 * 1024 ** 2;
    const held = hold();
    let taken = 0;
    const write = (piece: Buffer): void => void (taken += piece.length);
    const server = open();
    const given = server.call(ask('/', { sink: sink({ write }) }));
    await eventually(() => held.length === 1);
    const socket = (held[0] as Question).socket;
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
    await eventually(() => flow !== undefined);
    flow?.pause();
    const before = taken;
    socket.write(Buffer.alloc(size));
    // turns of the loop in which all of it could have come
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writableLength).toBeGreaterThan(size / 2);
    expect(taken - before).toBeLessThan(size / 2);
    flow?.resume();
    expect(await given).toMatchObject(good);
    expect(taken).toBe(size);
  });

  it('may end while its taker pauses, and its connection still reads the next', async () => {
    const server = open();
    peer.reply = ({ socket }) => void socket.write(answer('all of it'));
    const begin: AnswerSink['begin'] = (_status, _headers, given) => {
      given.pause();
      return true;
    };
    expect(await server.call(ask('/', { sink: sink({ begin }) }))).toMatchObject(good);
    expect(await server.call(ask('/'))).toMatchObject(good);
    expect([bodies, peer.sockets.length]).toEqual([['all of it'], 1]);
  });

  it('is gathered after all where its taker wants no such head', async () => {
    peer.reply = ({ socket }) => void socket.write(answer('gathered'));
    expect(bodyOf(await open().call(ask('/', { sink: sink({ begin: () => false }) })))).toBe('gathered');
  });

  it('that breaks off says what had begun', async () => {
    peer.reply = ({ socket }) => void socket.end(`${head}${chunk('one')}`);
    const given = await open().call(ask('/', { sink: sink() }));
    expect(given).toMatchObject({ kind: 'failed', cause: 'broken', sent: true, begun: 200 });
  });

  it('is broken by a taker that fails, and by nothing else', async () => {
    peer.reply = ({ socket }) => void socket.write(answer('{}'));
    const server = open();
    const write = (): never => {
      throw new Error('full');
    };
    const given = await server.call(ask('/', { sink: sink({ write }) }));
    expect(given).toMatchObject({ kind: 'failed', cause: 'broken', detail: 'full', begun: 200 });
    expect(await server.call(ask('/'))).toMatchObject(good);
    expect(peer.sockets.length).toBe(2);
  });
});

describe('an answer of many pieces', () => {
  it('is put together, and no buffer of another answer is in it', async () => {
    const body = Array.from({ length: 40_000 }, (_, i) => `${i},`).join('');
    peer.reply = ({ socket }) => void socket.write(answer(body));
    const server = open();
    const first = await server.call(ask('/'));
    peer.reply = ({ socket }) => void socket.write(answer('x'.repeat(100_000)));
    const second = await server.call(ask('/'));
    expect(bodyOf(first)).toBe(body);
    expect(bodyOf(second)).toBe('x'.repeat(100_000));
  });

  it('keeps its headers when the next has others', async () => {
    let n = 0;
    peer.reply = ({ socket }) => void socket.write(answer('{}', `x-n: ${n++ >> 1}`));
    const server = open();
    const given = [];
    for (let i = 0; i < 4; i++) given.push(await server.call(ask('/')));
    expect(given.map((each) => each.kind === 'answered' && each.headers['x-n'])).toEqual(['0', '0', '1', '1']);
  });
});
