// Kafka, Postgres and Redis taken away in the middle of traffic: every prediction is answered, and nothing is missing afterwards.
import { eventually } from '@weir/testing';
import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { reconcile } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System } from './system';
import { readTopic } from './tap';
import { type Traffic } from './traffic';
import { seed, underTraffic } from './under-fire';

const shorten = Number(process.env['WEIR_OUTAGE_SHARE'] ?? 1);
let system: System;
let staged: Staged;

beforeEach(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ infrastructure: 'own' });
  staged = await stageCanary(system, 'outage', ['30%', '50%']);
});

afterEach(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

it('kafka-away: 60 s without Kafka, every prediction answered, none missing from the record', async () => {
  const traffic = await underTraffic(system, staged, async (running) => {
    await answers(running, 300);
    await system.without('kafka', () => pause(60_000 * shorten));
    await answers(running, 300);
  });
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const started = performance.now();
  const books = await reconcile(system, staged.model, traffic, 240_000);
  console.info(
    `figure kafka-away: ${traffic.answers.length} answered, all recorded, caught up in ${((performance.now() - started) / 1_000).toFixed(1)} s; ${JSON.stringify(books.outcomes)}`,
  );
});

it('postgres-away: 30 s without Postgres, no dead letter, no rebalance storm, all caught up', async () => {
  const rebalances = async () =>
    (await system.metric(system.run().collector, 'weir_bus_rebalances_total')) +
    (await system.metric(system.run().controller, 'weir_bus_rebalances_total'));
  const counts = { before: 0 };
  const traffic = await underTraffic(system, staged, async (running) => {
    await answers(running, 300);
    counts.before = await rebalances();
    await system.without('postgres', () => pause(30_000 * shorten));
    await answers(running, 300);
  });
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const started = performance.now();
  const books = await reconcile(system, staged.model, traffic, 240_000);
  const storms = (await rebalances()) - counts.before;
  console.info(
    `figure postgres-away: ${traffic.answers.length} answered, ${storms} rebalances, caught up in ${((performance.now() - started) / 1_000).toFixed(1)} s; ${JSON.stringify(books.outcomes)}`,
  );
  expect(storms).toBeLessThanOrEqual(1);
  for (const topic of ['weir.prediction-served.v1', 'weir.outcome-reported.v1', 'weir.policy-published.v1'])
    expect(await deadLetters(`${topic}.outcome-collector.dlq`)).toBe(0);
  for (const topic of ['weir.evidence.v1', 'weir.policy-applied.v1'])
    expect(await deadLetters(`${topic}.rollout-controller.dlq`)).toBe(0);
});

it('redis-flushed: five flushes and one death change no figure', async () => {
  const redis = new Redis(system.run().redisUrl);
  redis.on('error', () => undefined); // it is about to die
  const traffic = await underTraffic(system, staged, async (running) => {
    for (let flush = 1; flush <= 5; flush += 1) {
      await answers(running, 200);
      await redis.flushall();
    }
    redis.disconnect();
    await system.without('redis', () => pause(3_000));
    await answers(running, 300);
  });
  expect(traffic.failures).toEqual([]);
  const books = await reconcile(system, staged.model, traffic);
  console.info(`figure redis-flushed: ${JSON.stringify(books)}`);
  expect(books.outcomes.orphan + books.outcomes.late).toBe(0);
});

/** Waits for that many more answers: the scene goes on among traffic that flows. */
async function answers(traffic: Traffic, more: number): Promise<void> {
  const before = traffic.answers.length;
  await eventually(() => traffic.answers.length > before + more);
}

async function deadLetters(topic: string): Promise<number> {
  return readTopic(system.run().kafkaBrokers, system.topic(topic)).then(
    (letters) => letters.length,
    () => 0, // the topic was never needed
  );
}
