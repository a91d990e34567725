// A process of slow callers: connections that idle, heads and bodies that trickle, answers and streams that nobody reads.
import { connect, type Socket } from 'node:net';
import { type SlowCount, type SlowOptions } from './slow-clients';

const { port, idle, each, rawPath, largePath, inferPath } = JSON.parse(process.argv[2] ?? '{}') as SlowOptions;
const kinds = ['idle', 'head', 'body', 'answer', 'stream'] as const;
const open: Record<(typeof kinds)[number], Set<Socket>> = {
  ...{ idle: new Set(), head: new Set(), body: new Set(), answer: new Set(), stream: new Set() },
};
const lastedMs: Record<string, number> = {};
const trickles: (() => void)[] = [];

/** From many addresses of loopback, so that ports do not run out. */
async function opened(kind: (typeof kinds)[number], at: number): Promise<Socket> {
  const localAddress = `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  const sinceMs = performance.now();
  open[kind].add(socket);
  socket.once('close', () => {
    open[kind].delete(socket);
    lastedMs[kind] = Math.max(lastedMs[kind] ?? 0, performance.now() - sinceMs);
  });
  return socket;
}

const head = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

async function begin(kind: (typeof kinds)[number], at: number): Promise<void> {
  const socket = await opened(kind, at);
  if (kind === 'idle') {
    // a caller that keeps its connection after a first call
    socket.resume().write('GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n');
  } else if (kind === 'head') {
    socket.resume();
    socket.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\nx-slow: `);
    trickles.push(() => socket.write('x'));
  } else if (kind === 'body') {
    socket.resume();
    socket.write(`${head(inferPath, 100_000)}{`);
    trickles.push(() => socket.write(' '));
  } else {
    socket.pause();
    socket.write(`${head(kind === 'answer' ? largePath : rawPath, 2)}{}`);
  }
}

function counts(): SlowCount {
  const [of, lasted] = [{} as Record<string, number>, { ...lastedMs }];
  for (const kind of kinds) of[kind] = open[kind].size;
  return { open: of, lastedMs: lasted };
}

async function run(): Promise<void> {
  let at = 0;
  for (const kind of kinds)
    for (let some = kind === 'idle' ? idle : each; some > 0; some -= 50)
      await Promise.all(Array.from({ length: Math.min(50, some) }, () => begin(kind, at++)));
  setInterval(() => {
    for (const trickle of trickles) trickle();
  }, 1_000);
  process.on('message', () => process.send?.(counts()));
  process.send?.(counts());
}

process.on('disconnect', () => process.exit(1));
void run();
