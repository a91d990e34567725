// The lane over real sockets: who answers what, in which order, and how connections end.
import { eventually, randomOf } from '@weir/testing';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { type Caller } from '../caller';
import { liveServer, type LiveHandler } from '../live-server';
import { headText } from './answer-text';
import { QuestionGenerator } from './generated-questions.fixture';
import { type PlainRequest } from './read-plain-request';

const seed = 20261123;
const path = '/v2/models/spam/infer';
const question = (body: string, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
/** Sends a question to Node's server. */
const foreign = 'te: trailers\r\n';

/** Answers at a later turn with what it was asked; tells who read it. */
class Echo implements LiveHandler {
  readonly inLane: Caller[] = [];
  readonly byNode: string[] = [];
  hold = false;
  answer = (caller: Caller, body: Buffer): void => {
    caller.begin(200, ['x-body', body.toString('hex'), 'content-length', '2']);
    caller.end('ok');
  };

  take({ body }: PlainRequest, caller: Caller): void {
    this.inLane.push(caller);
    if (!this.hold) setImmediate(() => this.answer(caller, body));
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.byNode.push(request.url ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('hex');
      response.writeHead(200, ['x-body', body, 'content-length', '2']).end('ok');
    });
  }
}

let echo: Echo;
let server: Server;
const sockets: Socket[] = [];

async function start(some: Parameters<typeof liveServer>[1] = {}): Promise<void> {
  echo = new Echo();
  server = liveServer(echo, some)((request, response) => request.resume().on('end', () => response.end('nest')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** Anew, with a lane whose time passes when it is told to. */
async function startOutOfTime(): Promise<void> {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout', 'Date'] });
  server.closeAllConnections();
  server.close();
  await start();
}

interface Said {
  readonly socket: Socket;
  text: string;
  ended: boolean;
}

async function open(): Promise<Said> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
  sockets.push(socket);
  const said: Said = { socket, text: '', ended: false };
  socket.setEncoding('latin1').on('data', (text: string) => (said.text += text));
  socket.on('error', () => undefined).on('close', () => (said.ended = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  return said;
}

const answers = ({ text }: Said): string[] =>
  [...text.matchAll(/x-body: ([0-9a-f]*)/g)].map(([, body = '']) => Buffer.from(body, 'hex').toString());
const closed = (of: Server): Promise<unknown> => new Promise((resolve) => of.close(resolve));

beforeEach(() => start());
afterEach(async () => {
  jest.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  if (server.listening) await closed(server);
});

it("answers as Node's server would, to the letter", async () => {
  const [ours, theirs] = [await open(), await open()];
  ours.socket.write(question('{}'));
  theirs.socket.write(question('{}', foreign));
  await eventually(() => ours.text.endsWith('ok') && theirs.text.endsWith('ok'));
  expect([echo.inLane.length, echo.byNode.length]).toEqual([1, 1]);
  const undated = ({ text }: Said): string => text.replace(/Date: [^\r]*/, 'Date: now');
  expect(undated(ours)).toBe(undated(theirs));
});

it('answers question after question, and a body that comes later than its head', async () => {
  const said = await open();
  for (let n = 1; n <= 3; n++) {
    said.socket.write(question(`q${n}`));
    await eventually(() => answers(said).length === n);
  }
  const [head, body] = [question('q4').slice(0, -2), 'q4'];
  said.socket.write(head);
  await new Promise((resolve) => said.socket.write('', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  said.socket.write(body);
  await eventually(() => answers(said).length === 4);
  expect(answers(said)).toEqual(['q1', 'q2', 'q3', 'q4']);
  expect(echo.byNode).toEqual([]);
});

it('gives Node what comes before its answer is out, and all that follows', async () => {
  const said = await open();
  said.socket.write(question('one'));
  await eventually(() => answers(said).length === 1);
  echo.hold = true;
  said.socket.write(question('two'));
  await eventually(() => echo.inLane.length === 2);
  said.socket.write(question('three') + question('four'));
  await new Promise((resolve) => setImmediate(resolve));
  echo.answer(echo.inLane[1] as Caller, Buffer.from('two'));
  await eventually(() => answers(said).length === 4);
  expect(answers(said)).toEqual(['one', 'two', 'three', 'four']);
  said.socket.write(question('five'));
  await eventually(() => answers(said).length === 5);
  expect([echo.inLane.length, echo.byNode.length]).toEqual([2, 3]);
});

it(`answers any questions, however they are cut up, as without the lane (seed ${seed})`, async () => {
  const random = randomOf(seed);
  const generator = new QuestionGenerator(random);
  /** One question after another: `first` has its answer before the pieces of the next. */
  const whole = (of: Server, first: string, pieces: readonly Buffer[]): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const { port } = of.address() as AddressInfo;
      const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
      socket.on('data', (more: string) => (text += more)).on('error', () => undefined);
      // what is malformed costs the answers that are due, which depends on how much the system brings at once
      socket.on('close', () => resolve(text.includes('HTTP/1.1 400 ') ? '400' : text.replaceAll(/Date: [^\r]*/g, '')));
      const next = (at: number): void => {
        const piece = pieces[at];
        if (piece) socket.write(piece, () => setImmediate(() => next(at + 1)));
        else socket.end();
      };
      if (first) socket.once('data', () => next(0)).write(first);
      else next(0);
    });
  const [withLane, plain] = [
    server,
    liveServer(echo)((request, response) => request.resume().on('end', () => response.end('nest'))),
  ];
  plain.on('request', () => undefined); // the lane stands aside
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const differ: unknown[] = [];
  for (let round = 0; round < 10; round++)
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const text = generator.question();
        const [first, pieces] = [random() < 0.5 ? question('{}') : '', generator.pieces(text)];
        const [ours, theirs] = await Promise.all([whole(withLane, first, pieces), whole(plain, first, pieces)]);
        if (ours !== theirs) differ.push({ text, cuts: pieces.map(({ length }) => length), ours, theirs });
      }),
    );
  expect(differ).toEqual([]);
  expect(echo.inLane.length).toBeGreaterThan(50);
  plain.closeAllConnections();
  await closed(plain);
});

it('refuses a question whose caller ends before it is whole', async () => {
  const [ours, theirs] = [await open(), await open()];
  ours.socket.end(question('{}').slice(0, -1));
  theirs.socket.end(question('{}', foreign).slice(0, -1));
  await eventually(() => ours.ended && theirs.ended);
  expect(ours.text).toMatch(/^HTTP\/1\.1 400 /);
  expect(ours.text).toBe(theirs.text);
  expect(echo.inLane).toEqual([]);
});

it('tells once that a caller has its answer, or has left', async () => {
  const over: string[] = [];
  echo.hold = true;
  const [staying, leaving] = [await open(), await open()];
  for (const [said, name] of [
    [staying, 'answered'],
    [leaving, 'left'],
  ] as const) {
    const before = echo.inLane.length;
    said.socket.write(question('{}'));
    await eventually(() => echo.inLane.length === before + 1);
    (echo.inLane[before] as Caller).onceOver(() => over.push(name));
  }
  echo.answer(echo.inLane[0] as Caller, Buffer.from('{}'));
  leaving.socket.destroy();
  await eventually(() => over.length === 2);
  staying.socket.destroy();
  await eventually(() => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count === 0))));
  expect(over.sort()).toEqual(['answered', 'left']);
});

it('leaves a connection that says nothing, or only the half of it, to the times of Node', async () => {
  server.closeAllConnections();
  await closed(server);
  await start({ headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 });
  const all = await Promise.all([open(), open(), open()]);
  all[1]?.socket.write(question('{}').slice(0, -1));
  all[2]?.socket.write('POST');
  await eventually(() => all.every(({ ended }) => ended), { timeoutMs: 20_000 });
  expect(all.map(({ text }) => text.slice(9, 12))).toEqual(['408', '408', '408']);
});

it('reads itself what comes over a connection that was opened for later', async () => {
  await startOutOfTime();
  const said = await open();
  await eventually(() => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count === 1))));
  jest.advanceTimersByTime(9_000);
  said.socket.write(question('{}'));
  await eventually(() => said.text.endsWith('ok'));
  expect([echo.inLane.length, echo.byNode.length]).toEqual([1, 0]);
});

it('ends a connection that has been idle for its time, and none before', async () => {
  await startOutOfTime();
  const said = await open();
  said.socket.write(question('{}'));
  await eventually(() => said.text.endsWith('ok'));
  expect(said.text).toContain('Keep-Alive: timeout=75\r\n');
  jest.advanceTimersByTime(74_000);
  said.socket.write(question('{}'));
  await eventually(() => answers(said).length === 2);
  jest.advanceTimersByTime(74_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(said.ended).toBe(false);
  jest.advanceTimersByTime(3_000);
  await eventually(() => said.ended);
  expect(echo.inLane).toHaveLength(2);
});

it('lets whoever listens to requests see each of them', async () => {
  const said = await open();
  said.socket.write(question('one'));
  await eventually(() => answers(said).length === 1);
  // as a service that is to end does
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  said.socket.write(question('two'));
  await eventually(() => said.ended);
  expect(answers(said)).toEqual(['one', 'two']);
  expect(said.text).toContain('Connection: close\r\n');
  const fresh = await open();
  fresh.socket.write(question('three'));
  await eventually(() => fresh.ended);
  expect(answers(fresh)).toEqual(['three']);
});

it('at its end answers what was asked, ends what is idle, and leaves nothing', async () => {
  const [idle, busy, fresh] = [await open(), await open(), await open()];
  idle.socket.write(question('idle'));
  await eventually(() => answers(idle).length === 1);
  echo.hold = true;
  busy.socket.write(question('busy'));
  await eventually(() => echo.inLane.length === 2);
  const end = closed(server);
  await eventually(() => idle.ended);
  fresh.socket.write(question('fresh', 'connection: close\r\n'));
  await eventually(() => answers(fresh).length === 1);
  expect(busy.ended).toBe(false);
  echo.answer(echo.inLane[1] as Caller, Buffer.from('busy'));
  await end;
  await eventually(() => busy.ended);
  expect(answers(busy)).toEqual(['busy']);
  expect(busy.text).toContain('Connection: close\r\n');
});

it('writes no header that could end its line', () => {
  const head = (value: string) => () => headText({ status: 200, headers: ['x', value], last: false });
  expect(head('a\tb \xe9')).not.toThrow();
  for (const value of ['a\r\nset-cookie: b', 'a\nb', 'a\0', '\u{1f600}', '\x7f']) expect(head(value)).toThrow('x');
});
