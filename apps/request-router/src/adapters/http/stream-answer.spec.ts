// Raw answers as they come: order, back-pressure, breaks, leaving callers, fallback before the first byte, bounded records.
import { EgressPolicy, UndiciModelServer, VersionServers } from '@weir/open-inference';
import { createLogger } from '@weir/service';
import { buildPolicy, buildSlice, eventually } from '@weir/testing';
import { createHash } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { DescribeModel } from '../../describe-model';
import { MemoryPredictionLog } from '../../memory-prediction-log';
import { RoutePrediction } from '../../route-prediction';
import { ServeModels } from '../../serve-models';
import { LivePath } from './live-path';
import { liveServer } from './live-server';
import { LoadGuard } from './load-guard';

const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
const egress = new EgressPolicy({ allowLoopback: true });
const kept = 1_000;

type Answering = (response: ServerResponse, request: IncomingMessage) => void;
type Streaming = Promise<{ response: IncomingMessage; text: () => string; ended: Promise<'whole' | 'broken'> }>;

/** A model server that answers as the spec says, and is ready. */
class RawServer {
  answer: Answering = (response) => response.end('whole');
  asked = 0;
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (request, response) => {
      request.resume();
      if (request.method === 'GET') return void response.end();
      this.asked++;
      request.on('end', () => this.answer(response, request));
    });
  }

  static async start(): Promise<RawServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RawServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let stable: RawServer;
let candidate: RawServer;
let models: ServeModels;
let log: MemoryPredictionLog;
let server: Server;
let port: number;

function publish(some: Parameters<typeof buildPolicy>[0] = {}): void {
  const of = ({ url }: RawServer) => ({ modelName: 'm', instances: [{ url, state: 'in-service' as const }] });
  const capture = { request: true, response: true, maxBytes: kept, redact: [] };
  const versions = { v1: of(stable), v2: of(candidate) };
  models.accept(buildPolicy({ revision: 1, protocol: 'raw', timeoutMs: 60_000, versions, capture, ...some }), 'live');
}

const toCandidate = { slices: [buildSlice({ arms: { v1: 0, v2: 10_000 } })] };

const patience = { readAnswerMs: 60_000, stallMs: 30_000 };

beforeEach(async () => {
  patience.stallMs = 30_000;
  [stable, candidate] = await Promise.all([RawServer.start(), RawServer.start()]);
  models = new ServeModels(
    ({ server }) =>
      new VersionServers(server, { open: (to) => new UndiciModelServer(to, { egress, maxResponseBytes: 2_000 }) }),
  );
  log = new MemoryPredictionLog();
  const route = new RoutePrediction(models, log, { predicted: () => undefined }, clock, {
    router: 'r',
    durable: false,
  });
  const nothing = { handle: () => Promise.reject(new Error('not asked here')) };
  const live = new LivePath(route, models, new DescribeModel(models), nothing, clock, createLogger('spec', 'silent'), {
    ...{
      maxBodyBytes: 100_000,
      load: new LoadGuard({ maxInFlight: 100, maxHeldBytes: 1024 ** 2, maxLagMs: 1_000 }),
      patience,
      shed: () => undefined,
      admit: undefined,
      newId: () => 'p-1',
    },
    ...{ ready: () => true, refused: () => undefined },
  });
  server = liveServer(live)(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await models.close();
  await Promise.all([stable.stop(), candidate.stop()]);
});

function ask(headers: Record<string, string> = {}): Streaming {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/models/spam/v1/chat', headers });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const ended = new Promise<'whole' | 'broken'>((end) => {
        response.on('end', () => end('whole'));
        response.on('error', () => end('broken'));
      });
      resolve({ response, text: () => text, ended });
    });
    request.end('{"stream":true}');
  });
}

const recorded = () => eventually(() => log.events[0]);

describe('an answer', () => {
  it('comes as the server sends it, head and every event at once, and is recorded at its end', async () => {
    publish();
    let next = (_: string): void => undefined;
    let end = (): void => undefined;
    stable.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      next = (event) => response.write(event);
      end = () => response.end();
    };
    const { response, text, ended } = await ask({ 'x-weir-unit': 'u' });
    expect(response.headers).toMatchObject({
      ...{ 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' },
      ...{ 'x-weir-version': 'v1', 'x-weir-policy': '1', 'x-weir-prediction-id': 'p-1' },
    });
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      next(event);
      await eventually(() => text().endsWith(event));
    }
    expect(log.entries).toEqual([]);
    end();
    expect(await ended).toBe('whole');
    const [event] = log.events;
    expect(event).toMatchObject({
      arm: 'v1',
      armStatus: 'ok',
      status: 200,
      unit: 'u',
      firstByteMs: expect.any(Number) as number,
    });
    expect(event?.firstByteMs).toBeLessThanOrEqual(event?.armLatencyMs ?? 0);
    expect(event?.capture?.response).toMatchObject({
      ...{ kind: 'base64', contentType: 'text/event-stream', size: 18 },
      body: Buffer.from('data: 1\n\ndata: 2\n\n').toString('base64'),
    });
  });

  it('may be longer than any that is gathered; of more than is kept there are length and hash', async () => {
    publish();
    const part = 'x'.repeat(700);
    stable.answer = (response) => {
      response.writeHead(200, { 'content-length': '7000' });
      for (let i = 0; i < 10; i++) response.write(part);
      response.end();
    };
    const { response, text, ended } = await ask();
    expect(await ended).toBe('whole');
    expect(response.headers['content-length']).toBe('7000');
    expect(text()).toBe(part.repeat(10));
    expect(log.events[0]?.capture?.response).toEqual({
      ...{ kind: 'digest', size: 7_000 },
      sha256: createHash('sha256').update(part.repeat(10)).digest('hex'),
    });
  });

  it('is not read from the server faster than its caller reads', async () => {
    publish();
    const whole = 64 * 1024 ** 2;
    let written = 0;
    stable.answer = (response) => {
      const part = Buffer.alloc(64 * 1024);
      const go = (): void => {
        while (written < whole) {
          written += part.length;
          if (!response.write(part)) return void response.once('drain', go);
        }
        response.end();
      };
      go();
    };
    const response = await new Promise<IncomingMessage>((resolve) => {
      httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/models/spam/x' }, resolve).end('{}');
    });
    // not read: the sockets fill, and then nothing more is written
    let before = -1;
    await eventually(
      () => {
        const still = written === before;
        before = written;
        return still && written > 0;
      },
      { everyMs: 300 },
    );
    expect(written).toBeLessThan(whole / 2);
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) size += chunk.length;
    expect(size).toBe(whole);
  });
});

describe('a caller that reads nothing more of a stream', () => {
  /** Sends as fast as it is let, without an end. */
  const babble = (response: ServerResponse): void => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    response.once('drain', () => babble(response));
  };
  const listen = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/models/spam/x' }, resolve);
      request.on('error', reject).end('{}');
    });
  let left: boolean;

  beforeEach(() => {
    left = false;
    publish();
    stable.answer = (response) => {
      response.on('close', () => (left = true));
      babble(response.writeHead(200));
    };
  });

  it('is let go of when that has lasted, the call upstream with it, and the version is not to blame', async () => {
    patience.stallMs = 300;
    const response = await listen();
    response.on('error', () => undefined).pause();
    await eventually(() => left);
    expect(await recorded()).toMatchObject({ armStatus: 'cancelled', status: 499 });
  });
});

describe('a stream that breaks after its 200', () => {
  it.each(['chunked', 'announced'])(
    "is an error of its version and breaks its caller's connection, %s",
    async (how) => {
      publish(toCandidate);
      candidate.answer = (response) => {
        response.writeHead(200, how === 'announced' ? { 'content-length': '100' } : {});
        response.write('half', () => response.socket?.destroy());
      };
      const { text, ended } = await ask();
      expect(await ended).toBe('broken');
      expect(text()).toBe('half');
      expect(await recorded()).toMatchObject({
        arm: 'v2',
        armStatus: 'error',
        armHttpStatus: 200,
        status: 200,
        answeredBy: 'v2',
      });
      expect(log.events[0]).not.toHaveProperty('fallback');
      expect(stable.asked).toBe(0);
    },
  );

  it('and one that outlasts the deadline is a timeout', async () => {
    publish({ ...toCandidate, timeoutMs: 400 });
    candidate.answer = (response) => void response.writeHead(200).write('and then');
    const { ended } = await ask();
    expect(await ended).toBe('broken');
    expect(await recorded()).toMatchObject({ arm: 'v2', armStatus: 'timeout', armHttpStatus: 200, status: 200 });
    expect(stable.asked).toBe(0);
  });
});

it.each<[string, Answering]>([
  ['fails', (response) => response.writeHead(503).end('no')],
  ['breaks before its head', (response) => response.socket?.destroy()],
  ['gives no head within half of the time', () => undefined],
])('falls back where the candidate %s', async (_, answer) => {
  publish({ ...toCandidate, timeoutMs: 3_000 });
  candidate.answer = answer;
  const { response, text, ended } = await ask();
  expect(await ended).toBe('whole');
  expect(text()).toBe('whole');
  expect(response.headers).toMatchObject({ 'x-weir-version': 'v1', 'x-weir-assigned': 'v2' });
  expect(await recorded()).toMatchObject({ arm: 'v2', answeredBy: 'v1', fallback: true, status: 200 });
});

it("passes stable's failure on, for nobody is asked after it", async () => {
  publish();
  stable.answer = (response) => response.writeHead(500).end('ill');
  const { response, text, ended } = await ask();
  expect(await ended).toBe('whole');
  expect([response.statusCode, text()]).toEqual([500, 'ill']);
  expect(await recorded()).toMatchObject({ armStatus: 'error', status: 500 });
});

it('ends the call upstream when its caller leaves in the middle', async () => {
  publish();
  let left = false;
  stable.answer = (response) => {
    response.on('close', () => (left = true));
    response.writeHead(200).write('first');
  };
  const { response, text } = await ask();
  await eventually(() => text() === 'first');
  response.destroy();
  await eventually(() => left);
  expect(await recorded()).toMatchObject({ armStatus: 'cancelled', status: 499 });
});
