// Blue-greens under load on two routers: how long a switch and the way back take, whom callers met meanwhile, and the way back after the end.
import { ModelServer } from '@weir/testing';
import { Callers, saidBy, switchAndBack } from './blue-green';
import { command, reached } from './stage';
import { System } from './system';

const times = Number(process.env['WEIR_SWITCHES'] ?? 20);
const perSecond = Number(process.env['WEIR_FAULTS_RATE'] ?? 150);
const model = 'switched';

it('blue-green-switch: p95 under 500 ms on two routers, 0 failed, nobody answered by blue after its router switched, back within 2 s', async () => {
  const system = await System.start({ routers: 2 });
  const servers = await Promise.all(['v1', 'v2'].map((name) => ModelServer.start({ name, label: 'spam' })));
  const callers = new Callers(system.run().router, model, perSecond);
  const [switches, backs, strays] = [[] as number[], [] as number[], [] as unknown[]];
  try {
    const [v1, v2] = servers.map(({ url }) => ({ instances: [url] }));
    const put = { protocol: 'open-inference', timeout: '30s', stable: 'v1', versions: { v1, v2 } };
    expect((await system.api('PUT', `/models/${model}`, put)).status).toBe(201);
    await saidBy(system, model, 1);
    const calling = callers.run();
    for (let round = 0; round < times; round += 1) {
      const { switchMs, backMs, strays: met } = await switchAndBack(system, model, callers);
      switches.push(switchMs);
      backs.push(backMs);
      strays.push(...met);
    }
    backs.push(await backAfterTheEnd(system));
    callers.stop();
    await calling;
  } finally {
    callers.stop();
    await system.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
  const p95 = quantile(switches, 0.95);
  console.info(
    `figure blue-green-switch: command to both routers: median ${quantile(switches, 0.5)} ms, p95 ${p95} ms, most ${Math.max(...switches)} ms; back: median ${quantile(backs, 0.5)} ms, most ${Math.max(...backs)} ms (${times} switches, ${callers.met.length} predictions at ${perSecond}/s, ${callers.failed.length} failed, ${strays.length} by blue after the switch)`,
  );
  expect(callers.failed).toEqual([]);
  expect(strays).toEqual([]);
  expect(p95).toBeLessThan(500);
  expect(Math.max(...backs)).toBeLessThanOrEqual(2_000);
});

/** Green is in charge, blue is kept: `rollback` of the model is at once. */
async function backAfterTheEnd(system: System): Promise<number> {
  const body = { model, candidates: ['v2'], stages: [{ blueGreen: { preview: '1s', bake: '1s' } }] };
  const { id } = (await system.api<{ id: string }>('POST', '/rollouts', body)).body;
  await command(system, id, 'promote-full');
  await reached(system, id, 'completed', 60_000);
  const atMs = Date.now();
  const { status } = await system.api('POST', `/models/${model}/rollback`, { reason: 'measured' });
  expect(status).toBe(200);
  const { revision } = (await system.api<{ revision: number }>('GET', `/models/${model}/policy`)).body;
  return Math.max(...(await saidBy(system, model, revision))) - atMs;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;
}
