// The router by itself: everything else away, told to end under load, a worker killed.
import { eventually } from '@weir/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { unrecorded } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System, type StartOptions } from './system';
import { type Traffic } from './traffic';
import { seed, underTraffic } from './under-fire';

/** Of the ten minutes that is promised. */
const share = Number(process.env['WEIR_OUTAGE_SHARE'] ?? 1);
const times = Number(process.env['WEIR_KILLS'] ?? 20);
let system: System;
let staged: Staged;

async function begin(model: string, options: StartOptions): Promise<void> {
  console.info(`seed ${seed}`);
  system = await System.start(options);
  staged = await stageCanary(system, model, ['30%', '50%']);
}

afterEach(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

it('all-away: controller, Kafka, Postgres and Redis away for 10 minutes, a router started again meanwhile, every prediction answered', async () => {
  await begin('alone', { infrastructure: 'own', routers: 2 });
  const versions = { after: new Set<string | null>() };
  const traffic = await underTraffic(
    system,
    staged,
    async (running) => {
      await answers(running, 300);
      await withoutAll(['rollout-controller', 'kafka', 'postgres', 'redis'], async () => {
        await pause(300_000 * share);
        await endRouter('request-router');
        const before = running.answers.length;
        await pause(300_000 * share);
        for (const { version } of running.answers.slice(before)) versions.after.add(version);
      });
      await answers(running, 300);
    },
    { never: 1 },
  );
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect([...versions.after].sort()).toEqual(['v1', 'v2']); // by the same policy as before, canary and all
  const lost = await unrecorded(system, staged.model, traffic.answers, 300_000);
  console.info(
    `figure all-away: ${600 * share} s, ${traffic.answers.length} of ${traffic.answers.length} answered 200, ${lost.length} not recorded; asked elsewhere ${spell(traffic)}`,
  );
  expect(lost).toEqual([]);
});

it('sigterm-under-load: no request fails when routers are told to end in turn, and each ends within 20 s', async () => {
  await begin('drained', { routers: 2 });
  const tookMs: number[] = [];
  const traffic = await underTraffic(
    system,
    staged,
    async (running) => {
      for (let round = 0; round < times; round += 1) {
        await answers(running, 200);
        tookMs.push(await endRouter(round % 2 === 0 ? 'request-router' : 'request-router-2'));
      }
      await answers(running, 200);
    },
    { never: 1 },
  );
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const lost = await unrecorded(system, staged.model, traffic.answers, 60_000);
  console.info(
    `figure sigterm-under-load: ${tookMs.length} ends, ${traffic.answers.length} answered 200, 0 failed, ended in ${seconds(Math.min(...tookMs))} to ${seconds(Math.max(...tookMs))} s, ${lost.length} not recorded; asked elsewhere ${spell(traffic)}`,
  );
  expect(Math.max(...tookMs)).toBeLessThan(20_000);
  expect(lost).toEqual([]);
});

it('worker-killed: a worker killed with -9 takes at most what it had under way, the other answers, its place is filled', async () => {
  await begin('of-two', { env: { WEIR_WORKERS: '2' } });
  for (const server of [staged.v1, staged.v2]) server.behaviour = { kind: 'answer', latencyMs: 30 };
  const url = system.run().router[0] ?? '';
  const serving = () => system.metric(url, 'weir_router_workers_serving').catch(() => 0);
  const kills: { atMs: number; underWay: number }[] = [];
  const traffic = await underTraffic(
    system,
    staged,
    async (running) => {
      for (let round = 0; round < times; round += 1) {
        await eventually(async () => (await serving()) === 2, { timeoutMs: 120_000 });
        await answers(running, 200);
        kills.push({ atMs: performance.now(), underWay: running.underWay });
        process.kill(workersOf(system.pid('request-router'))[round % 2] ?? 0, 'SIGKILL');
        await answers(running, 50);
      }
      await eventually(async () => (await serving()) === 2, { timeoutMs: 120_000 });
    },
    { never: 1 },
  );
  const answered = traffic.answers.filter(({ status }) => status === 200);
  const [restarts, atMost] = [
    await system.metric(url, 'weir_router_worker_restarts_total'),
    kills.reduce((sum, { underWay }) => sum + underWay + 5, 0), // and what was sent until the connections broke
  ];
  const lost = await unrecorded(system, staged.model, answered);
  const age = (answer: (typeof lost)[number]) =>
    Math.min(...kills.map(({ atMs }) => atMs - answer.sentAtMs - answer.tookMs).filter((ms) => ms > -1_000));
  const oldestMs = Math.max(0, ...lost.map(age));
  console.info(
    `figure worker-killed: ${kills.length} kills, ${answered.length} answered, ${traffic.failures.length} failed of ${atMost} that may have been under way, ${restarts} restarts, ${lost.length} answers not recorded, the oldest ${oldestMs.toFixed(0)} ms before its kill`,
  );
  expect(answered).toHaveLength(traffic.answers.length);
  expect(traffic.failures.length).toBeLessThanOrEqual(atMost);
  expect(restarts).toBe(times);
  expect(oldestMs).toBeLessThanOrEqual(100);
});

/** Waits for that many more answers: the scene goes on among traffic that flows. */
async function answers(traffic: Traffic, more: number): Promise<void> {
  const before = traffic.answers.length;
  await eventually(() => traffic.answers.length > before + more, { timeoutMs: 120_000 });
}

async function withoutAll([first, ...others]: readonly string[], work: () => Promise<void>): Promise<void> {
  if (first === undefined) await work();
  else await system.without(first, () => withoutAll(others, work));
}

/** SIGTERM, and waits until the process is gone and its successor ready. Resolves with the time until it was gone. */
async function endRouter(name: string): Promise<number> {
  const pid = system.pid(name);
  const url = system.run().router[name === 'request-router' ? 0 : 1] ?? '';
  const startedMs = performance.now();
  process.kill(pid, 'SIGTERM');
  await eventually(() => system.pid(name) !== pid || !isAlive(pid), { timeoutMs: 60_000, everyMs: 20 });
  const tookMs = performance.now() - startedMs;
  await eventually(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 120_000 });
  return tookMs;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function workersOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number)
    .sort((a, b) => a - b);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it has just ended
  }
}

function spell({ failovers }: Traffic): string {
  return failovers.size === 0
    ? '0 times'
    : [...failovers].map(([reason, count]) => `${count} times (${reason})`).join(', ');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
