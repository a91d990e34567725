// A process with a model server that works on so many predictions at once, each for so long, and lets the others wait, as real ones do.
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type CapacityOptions } from './model-of-capacity';

const { atOnce, latencyMs } = JSON.parse(process.argv[2] ?? '{}') as CapacityOptions;
const body = Buffer.from(
  '{"model_name":"spam","outputs":[{"name":"label","datatype":"BYTES","shape":[1],"data":["spam"]}]}',
);
const head = { 'content-type': 'application/json', 'content-length': String(body.length) };
const waiting: ServerResponse[] = [];
let working = 0;

function work(): void {
  while (working < atOnce && waiting.length > 0) {
    const response = waiting.shift() as ServerResponse;
    if (response.destroyed) continue;
    working++;
    if (latencyMs === 0) done(response);
    else setTimeout(() => done(response), latencyMs);
  }
}

function done(response: ServerResponse): void {
  working--;
  response.writeHead(200, head).end(body);
  work();
}

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'GET') return void response.writeHead(200, head).end(body);
  waiting.push(response);
  work();
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(1));
