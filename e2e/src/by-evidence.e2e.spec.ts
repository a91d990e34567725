// Evidence moves a canary: a good candidate becomes stable, one that begins to fail is taken back, and every caller is served.
import { rollBackOnce } from './roll-back';
import { reached, stage } from './stage';
import { System } from './system';
import { Traffic } from './traffic';

const seed = 20261123;
let system: System;

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ routers: 2 });
}, 180_000);

afterAll(() => system?.stop());

it('promotes a candidate that is shown not to be worse, step by step', async () => {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const canary = { steps: ['30%', '50%'], every: '2s', advance: 'evidence', minUnits: 50, guardrails };
  const staged = await stage(system, 'good', canary);
  const { router, collector } = system.run();
  const options = { routers: router, collector, model: 'good', ratePerSecond: 150, units: 20_000, never: 1, seed };
  const traffic = new Traffic(options);
  const running = traffic.run();
  const completed = await reached(system, staged.rollout, 'completed', 90_000);
  await traffic.stop();
  await running;
  await Promise.all([staged.v1.stop(), staged.v2.stop()]);
  expect(completed.winner).toBe('v2');
  expect(completed.verdicts.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['error-rate pass']);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
  const { body } = await system.api<{ stable: string }>('GET', '/models/good');
  expect(body.stable).toBe('v2');
});

it('takes all traffic from a candidate that begins to fail, within 5 s of the breach, and says why', async () => {
  const { rollout, traffic, reactionMs, detectionMs } = await rollBackOnce(system, 'failing', seed);
  console.info(`breach to 0 % on both routers: ${reactionMs} ms; first failure to 0 %: ${detectionMs} ms`);
  expect(rollout.verdicts).toEqual([expect.objectContaining({ verdict: 'fail', breached: true })]);
  expect(rollout.reason).toContain('error-rate');
  expect(reactionMs).toBeLessThan(5_000);
  expect(traffic.failures).toEqual([]);
  expect(traffic.answers.filter(({ status }) => status !== 200)).toEqual([]);
});
