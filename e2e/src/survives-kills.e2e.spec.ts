// A few kill -9 in every build, one of them with Kafka's commits lost; npm run faults does twenty of each. The books agree to the last record.
import { reconcile } from './reconcile';
import { stageCanary, type Staged } from './stage';
import { System } from './system';
import { killRepeatedly, redeliveredInAll, seed, underTraffic, type Kill } from './under-fire';

let system: System;
let staged: Staged;

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start();
  staged = await stageCanary(system, 'killed', ['30%', '50%']);
});

afterAll(async () => {
  await Promise.all([staged?.v1.stop(), staged?.v2.stop()]);
  await system?.stop();
});

it('reconciles exactly while collector and controller are killed during traffic', async () => {
  const kills: Kill[] = [];
  const traffic = await underTraffic(system, staged, async (running) => {
    kills.push(...(await killRepeatedly(system, running, 'outcome-collector', 2)));
    await killRepeatedly(system, running, 'rollout-controller', 1);
  });
  expect(traffic.failures).toEqual([]);
  const books = await reconcile(system, staged.model, traffic);
  expect(books.outcomes.rejected).toBe(0);
  expect(await redeliveredInAll(system, kills)).toBeGreaterThan(0);
});
