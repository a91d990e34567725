// The model server over real sockets: connections kept, bodies bounded, an end that loses no answer, and what versions cost.
import { Agent, request } from 'undici';
import { readCorpus, splitCorpus } from '../corpus';
import { loadVersion, type VersionName } from '../model/versions';
import { type ModelServer, startModelServer } from './model-server';
import { inventMail, warmUp } from './warm-up';

jest.setTimeout(60_000); // v3 is slow by design

const model = 'spam-filter';
const agent = new Agent({ connections: 1 });
const running: ModelServer[] = [];

async function start(version: VersionName): Promise<ModelServer> {
  const server = await startModelServer(
    { model, version, classify: loadVersion(version), ready: () => true },
    { port: 0, host: '127.0.0.1' },
  );
  running.push(server);
  return server;
}

async function infer(server: ModelServer, mails: readonly string[]): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify({ inputs: [{ name: 'text', datatype: 'BYTES', shape: [mails.length], data: mails }] });
  const response = await request(`${server.url}/v2/models/${model}/infer`, {
    method: 'POST',
    body,
    dispatcher: agent,
  });
  return { status: response.statusCode, body: await response.body.json() };
}

afterAll(async () => {
  await agent.close();
  await Promise.all(running.map((server) => server.drain()));
});

describe('startModelServer', () => {
  it('answers mail after mail on one connection', async () => {
    const server = await start('v1');
    for (const index of [0, 1, 2]) expect((await infer(server, [inventMail(index)])).status).toBe(200);
  });

  it('refuses a body that is too large and goes on', async () => {
    const server = await start('v1');
    expect((await infer(server, ['x'.repeat(5 * 1024 * 1024)])).status).toBe(413);
    expect((await infer(server, ['x'])).status).toBe(200);
  });

  it('answers what it has begun before it ends', async () => {
    const server = await start('v3');
    const pending = infer(
      server,
      Array.from({ length: 10 }, (_, index) => inventMail(index)),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.drain();
    expect((await pending).status).toBeLessThan(600);
    await expect(infer(server, ['x'])).rejects.toThrow();
  });
});

describe('what versions cost', () => {
  it('is at least 4 times as much for v3 as for v1, and less than twice as much for v2', async () => {
    const mails = splitCorpus(readCorpus()).heldOut.slice(0, 120);
    const servers = await Promise.all([start('v1'), start('v2'), start('v3')]);
    for (const server of servers) await warmUp(server.url, model);
    const times: number[][] = [[], [], []];
    for (const { text } of mails) {
      // in turns, so that whatever else the machine does meets all versions alike
      for (const [index, server] of servers.entries()) {
        const startedAt = performance.now();
        await infer(server, [text]);
        times[index]?.push(performance.now() - startedAt);
      }
    }
    const [v1 = NaN, v2 = NaN, v3 = NaN] = times.map(median);
    console.log(`medians: v1 ${v1.toFixed(2)} ms, v2 ${v2.toFixed(2)} ms, v3 ${v3.toFixed(2)} ms`);
    expect(v3 / v1).toBeGreaterThan(4);
    expect(v2 / v1).toBeLessThan(2);
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
