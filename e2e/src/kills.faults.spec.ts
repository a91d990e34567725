// Services killed with -9 twenty times each during traffic: the books agree to the last record.
import { reconcile, unrecorded } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System } from './system';
import { killRepeatedly, redeliveredInAll, seed, underTraffic } from './under-fire';

/** An answer that was on its way when the kill was sent reaches a busy caller a little later. */
const slackMs = 1_000;
const times = Number(process.env['WEIR_KILLS'] ?? 20);
let system: System;
let staged: Staged;

async function stage(model: string, env: Record<string, string> = {}): Promise<void> {
  console.info(`seed ${seed}, ${times} kills`);
  system = await System.start({ routers: 2, env });
  staged = await stageCanary(system, model, ['30%', '50%']);
}

afterEach(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

it.each(['outcome-collector', 'rollout-controller'] as const)(
  'kill-%s: reconciles exactly, and redeliveries happened',
  async (name) => {
    await stage('killed');
    const kills = { all: [] as Awaited<ReturnType<typeof killRepeatedly>> };
    const traffic = await underTraffic(system, staged, async (running) => {
      kills.all = await killRepeatedly(system, running, name, times);
    });
    expect(traffic.failures).toEqual([]);
    const books = await reconcile(system, staged.model, traffic, 180_000);
    const redelivered = await redeliveredInAll(system, kills.all);
    console.info(
      `figure kill-${name}: ${traffic.answers.length} predictions, ${traffic.outcomesSent} outcomes, ${redelivered} redelivered, ${JSON.stringify(books.outcomes)}`,
    );
    expect(kills.all).toHaveLength(times);
    expect(redelivered).toBeGreaterThan(0);
  },
);

it.each([
  ['buffered', 100],
  ['durable', 0],
] as const)('kill-request-router-%s: loses the record of at most its last %d ms', async (events, atMostMs) => {
  await stage('router-killed', { WEIR_EVENTS: events });
  const kills = { all: [] as Awaited<ReturnType<typeof killRepeatedly>> };
  const traffic = await underTraffic(system, staged, async (running) => {
    kills.all = await killRepeatedly(system, running, 'request-router', times);
  });
  const answered = traffic.answers.filter(({ status }) => status === 200);
  const lost = await unrecorded(system, staged.model, answered);
  const ages = lost.map(({ sentAtMs, tookMs }) =>
    Math.min(...kills.all.map(({ atMs }) => atMs - sentAtMs - tookMs).filter((ms) => ms > -slackMs)),
  );
  console.info(
    `figure kill-request-router-${events}: ${answered.length} answered, ${lost.length} records lost, the oldest ${Math.max(0, ...ages).toFixed(0)} ms before its kill`,
  );
  expect(Math.max(0, ...ages)).toBeLessThanOrEqual(atMostMs);
  if (events === 'durable') expect(lost).toEqual([]);
});
