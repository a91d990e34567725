// This process held up over a deadline: what had come by then counts, for the server was in time.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DirectModelServer } from './direct/direct-model-server';
import { EgressPolicy } from './egress-policy';
import { UndiciModelServer } from './undici-model-server';

const options = { egress: new EgressPolicy({ allowLoopback: true }) };
const [asked, mayAnswer, answered] = [0, 1, 2];
/** A server on a thread of its own: it answers when it may, whatever the main thread does. */
const program = `
  const { parentPort, workerData: signals } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    Atomics.store(signals, ${asked}, 1);
    Atomics.wait(signals, ${mayAnswer}, 0);
    response.on('finish', () => setImmediate(() => {
      Atomics.store(signals, ${answered}, 1);
      Atomics.notify(signals, ${answered});
    }));
    response.end('{}');
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

let worker: Worker;

afterEach(() => worker.terminate());

it.each([
  ['undici', UndiciModelServer],
  ['direct', DirectModelServer],
])('%s reads what came in time before it judges the deadline', async (_, Client) => {
  const signals = new Int32Array(new SharedArrayBuffer(12));
  worker = new Worker(program, { eval: true, workerData: signals });
  const [port] = (await once(worker, 'message')) as [number];
  const server = new Client(`http://127.0.0.1:${port}`, options);
  const timeoutMs = 1_000;
  const startMs = performance.now();
  const answer = server.call({ method: 'POST', path: '/', headers: [], body: Buffer.from('{}'), timeoutMs });
  while (Atomics.load(signals, asked) === 0) await new Promise(setImmediate);
  Atomics.store(signals, mayAnswer, 1);
  Atomics.notify(signals, mayAnswer);
  Atomics.wait(signals, answered, 0);
  while (performance.now() - startMs < timeoutMs + 100) Atomics.wait(signals, answered, 1, 50);
  expect(await answer).toMatchObject({ kind: 'answered', status: 200 });
  await server.close();
});
