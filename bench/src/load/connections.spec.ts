import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Connections } from './connections';

const request = Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
let server: Server;
let release: (() => void)[];

beforeEach(async () => {
  release = [];
  server = createServer((_, response) => void release.push(() => response.end('ok'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it('counts the time in line of a request that found no connection free', async () => {
  let now = 100;
  const lines = new Connections((server.address() as AddressInfo).port, () => now);
  await lines.open(1);
  lines.send(request, 100);
  lines.send(request, 110);
  while (release.length < 1) await pause(5);
  now = 150;
  release[0]?.();
  while (release.length < 2) await pause(5);
  now = 170;
  release[1]?.();
  while (lines.done < 2) await pause(5);
  expect(lines.latenciesMs).toEqual([50, 60]);
  lines.close();
});
