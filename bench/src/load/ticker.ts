// A thread that sleeps to the microsecond, which timers do not, and tells the main thread when requests are due.
import { parentPort, workerData } from 'node:worker_threads';

const { periodMs, startMs, ticks } = workerData as { periodMs: number; startMs: number; ticks: number };
const never = new Int32Array(new SharedArrayBuffer(4));
const now = (): number => performance.timeOrigin + performance.now();

for (let tick = 0; tick < ticks; tick += 1) {
  const waitMs = startMs + tick * periodMs - now();
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
  parentPort?.postMessage(tick);
}
