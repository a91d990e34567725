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
const startMs = nowMs();
const requests = Array.from({ length: 2_000 }, (_, unit) => requestOf(unit));
let stopping = false;
let settled = 0;

function requestOf(unit: number): string {
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] });
  const head = [
    `POST ${options.path} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-weir-unit: unit-${unit}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function tick(): void {
  const due = Math.floor(((nowMs() - startMs) * options.ratePerSecond) / 1_000);
  for (let at = columns.dueMs.length; at < due && !stopping; at++) {
    columns.dueMs.push(startMs + (at * 1_000) / options.ratePerSecond);
    columns.sentMs.push(NaN);
    columns.tookMs.push(NaN);
    columns.status.push(0);
    send(at);
  }
  if (!stopping || settled < columns.dueMs.length) setTimeout(tick, 1);
  else finish();
}

function send(at: number): void {
  const line = free.pop();
  if (line) write(line, at);
  else if (lines.size < options.connections) open(at);
  else waiting.push(at);
}

function open(at: number): void {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  const line: Line = { socket, text: '', at: undefined };
  lines.add(line);
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => read(line, text));
  socket.on('error', () => undefined);
  socket.on('close', () => lost(line));
  write(line, at);
}

function write(line: Line, at: number): void {
  line.at = at;
  columns.sentMs[at] = nowMs();
  line.socket.write(requests[at % requests.length] as string);
}

function read(line: Line, text: string): void {
  line.text += text;
  const end = line.text.indexOf('\r\n\r\n');
  if (end < 0 || line.at === undefined) return;
  const length = /\r\ncontent-length: *(\d+)/i.exec(line.text)?.[1] ?? '0';
  if (line.text.length < end + 4 + Number(length)) return;
  settle(line.at, Number(line.text.slice(9, 12)), /\r\nx-weir-version: *([^\r]*)/i.exec(line.text)?.[1]);
  const ends = /\r\nconnection: *close/i.test(line.text.slice(0, end));
  line.text = '';
  line.at = undefined;
  if (ends) return void line.socket.end();
  const next = waiting.shift();
  if (next === undefined) free.push(line);
  else write(line, next);
}

function settle(at: number, status: number, version: string | undefined): void {
  columns.tookMs[at] = nowMs() - (columns.dueMs[at] ?? NaN);
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

process.on('message', () => (stopping = true));
process.on('disconnect', () => process.exit(1));
process.send?.('pours');
tick();
