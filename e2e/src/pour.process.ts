// A process that sends predictions at a steady rate, however long the answers take, and remembers each of them. Open loop over kept
// connections: what finds none free opens one, up to a bound, and waits in line beyond; its time runs from when it was due.
import { connect, type Socket } from 'node:net';
import { type PourOptions, type Poured } from './pour';

interface Line {
  readonly socket: Socket;
  text: string;
  /** Which prediction it carries; undefined: it is free. */
  at: number | undefined;
}

const options = JSON.parse(process.argv[2] ?? '{}') as PourOptions;
const nowMs = (): number => performance.timeOrigin + performance.now();
const columns = { dueMs: [] as number[], sentMs: [] as number[], tookMs: [] as number[], status: [] as number[] };
const versions: string[] = [];
const free: Line[] = [];
const waiting: number[] = [];
const lines = new Set<Line>();
let startMs = NaN;
const requests = Array.from({ length: 2_000 }, (_, unit) => requestOf(unit));
let stopping = false;
let settled = 0;

function requestOf(unit: number): string {
  const data = Array.from({ length: options.numbers ?? 1 }, (_, at) => Number(((at + 1) * 0.137931).toFixed(6)));
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [data.length], datatype: 'FP32', data }] });
  const head = [
    `POST ${options.path} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-weir-unit: unit-${unit}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** One more, due now or when the rate has it. */
function add(dueMs: number): void {
  const at = columns.dueMs.push(dueMs) - 1;
  columns.sentMs.push(nowMs());
  columns.tookMs.push(NaN);
  columns.status.push(0);
  send(at);
}

function tick(): void {
  const due = Math.floor(((nowMs() - startMs) * options.ratePerSecond) / 1_000);
  if (!options.isClosed)
    while (columns.dueMs.length < due && !stopping)
      add(startMs + (columns.dueMs.length * 1_000) / options.ratePerSecond);
  if (!stopping || settled < columns.dueMs.length) setTimeout(tick, 1);
  else finish();
}

function send(at: number): void {
  // the one that has waited longest, so that none idles until the router lets go of it
  const line = free.shift();
  if (line) write(line, at);
  else if (lines.size < options.connections) void open(at);
  else waiting.push(at);
}

function open(at: number | undefined): Promise<void> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  const line: Line = { socket, text: '', at: undefined };
  lines.add(line);
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => read(line, text));
  socket.on('error', () => undefined);
  socket.on('close', () => lost(line));
  if (at !== undefined) write(line, at);
  return new Promise((resolve) => socket.once('connect', resolve));
}

function write(line: Line, at: number): void {
  line.at = at;
  line.socket.write(requests[at % requests.length] as string);
}

function read(line: Line, text: string): void {
  line.text += text;
  const end = line.text.indexOf('\r\n\r\n');
  if (end < 0 || line.at === undefined) return;
  if (line.text.length < end + 4 + Number(headerOf(line.text, 'content-length'))) return;
  settle(line.at, Number(line.text.slice(9, 12)), headerOf(line.text, 'x-weir-version'));
  const ends = headerOf(line.text, 'connection') === 'close';
  line.text = '';
  line.at = undefined;
  if (ends) return void line.socket.end();
  const next = waiting.shift();
  if (next !== undefined) return write(line, next);
  free.push(line);
  if (options.isClosed && !stopping) add(nowMs());
}

/** As the router writes them. */
function headerOf(text: string, name: string): string | undefined {
  const at = text.indexOf(`\r\n${name}: `);
  return at < 0 ? undefined : text.slice(at + name.length + 4, text.indexOf('\r', at + 2));
}

function settle(at: number, status: number, version: string | undefined): void {
  columns.tookMs[at] = nowMs() - (columns.sentMs[at] ?? NaN);
  columns.status[at] = status;
  if (version !== undefined) versions[at] = version;
  settled++;
}

function lost(line: Line): void {
  lines.delete(line);
  if (line.at !== undefined) settle(line.at, 0, undefined);
  const at = free.indexOf(line);
  if (at >= 0) free.splice(at, 1);
  const next = waiting.shift();
  if (next !== undefined) send(next);
}

function finish(): void {
  const poured: Poured = { ...columns, versions };
  process.send?.(poured, () => process.exit(0));
}

async function run(): Promise<void> {
  const { kept = 0, connections, isClosed } = options;
  for (let some = 0; some < kept; some += 100)
    await Promise.all(Array.from({ length: Math.min(100, kept - some) }, () => open(undefined)));
  free.push(...lines);
  process.send?.('pours');
  startMs = nowMs();
  if (isClosed) for (let line = 0; line < connections; line++) add(nowMs());
  tick();
}

process.on('message', () => (stopping = true));
process.on('disconnect', () => process.exit(1));
void run();
