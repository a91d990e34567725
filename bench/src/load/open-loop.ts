// A process that sends predictions at a fixed rate, however long the answers take, and prints what came of them as JSON.
// Arguments: URL, requests a second, seconds, connections.
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { quantile } from '../measure/numbers';
import { Connections } from './connections';
import { countOf, dueMs, periodMsOf, type Plan } from './schedule';

export interface OpenLoopResult {
  readonly sent: number;
  readonly answered: number;
  readonly refused: number;
  readonly broken: number;
  /** Milliseconds from when a request was due to the last byte of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const units = 2_000;
const lastAnswersMs = 10_000;
const nowMs = (): number => performance.timeOrigin + performance.now();

async function run(url: URL, plan: Plan, connections: number): Promise<OpenLoopResult> {
  const requests = Array.from({ length: units }, (_, unit) => toRequest(url, `unit-${unit + 1}`));
  const lines = new Connections(Number(url.port), nowMs);
  await lines.open(connections);
  const startMs = nowMs() + 50;
  const count = countOf(plan);
  let sent = 0;
  await ticks(plan, startMs, () => {
    for (; sent < count && startMs + dueMs(plan, sent) <= nowMs(); sent += 1)
      lines.send(requests[sent % units] as Buffer, startMs + dueMs(plan, sent));
  });
  for (; sent < count; sent += 1) lines.send(requests[sent % units] as Buffer, startMs + dueMs(plan, sent));
  const deadline = nowMs() + lastAnswersMs;
  while (lines.done < count && nowMs() < deadline) await pause(20);
  lines.close();
  const { latenciesMs, refused, broken } = lines;
  const at = (q: number): number => Number(quantile(latenciesMs, q).toFixed(3));
  const missing = count - lines.done;
  const answered = latenciesMs.length;
  return { sent: count, answered, refused, broken: broken + missing, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** Resolves after the last tick. */
function ticks(plan: Plan, startMs: number, onTick: () => void): Promise<void> {
  const periodMs = periodMsOf(plan);
  const workerData = { periodMs, startMs, ticks: Math.ceil((plan.seconds * 1_000) / periodMs) };
  const worker = new Worker(join(__dirname, 'ticker.js'), { workerData });
  worker.on('message', onTick);
  return new Promise((resolve, reject) => {
    worker.on('exit', () => resolve());
    worker.on('error', reject);
  });
}

function toRequest({ pathname, host }: URL, unit: string): Buffer {
  const values = Array.from({ length: 16 }, (_, index) => ((index + 1) * 0.137931 - 1).toFixed(6));
  const body = `{"id":"bench","inputs":[{"name":"features","shape":[1,16],"datatype":"FP32","data":[${values.join(',')}]}]}`;
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-Weir-Unit: ${unit}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const [url = '', rate, seconds, connections] = process.argv.slice(2);
void run(new URL(url), { ratePerSecond: Number(rate), seconds: Number(seconds) }, Number(connections)).then(
  (result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exit(result.answered === result.sent ? 0 : 1);
  },
);
