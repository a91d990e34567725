// Evidence moves rollouts: a good candidate becomes stable, one that begins to fail is taken back, a shadow leads to its canary, and every caller is served.
import { eventually } from '@weir/testing';
import { rollBackOnce } from './roll-back';
import { reached, stage, stageChain, type RolloutAnswer } from './stage';
import { System } from './system';
import { Traffic } from './traffic';

const seed = 20261123;
let system: System;
let traffic: Traffic | undefined;

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ routers: 2 });
}, 180_000);

afterEach(() => traffic?.stop());
afterAll(() => system?.stop());

it('promotes a candidate that is shown not to be worse, step by step', async () => {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const canary = { steps: ['30%', '50%'], every: '2s', advance: 'evidence', minUnits: 50, guardrails };
  const staged = await stage(system, 'good', canary);
  const { router, collector } = system.run();
  const options = { routers: router, collector, model: 'good', ratePerSecond: 150, units: 20_000, never: 1, seed };
  const callers = (traffic = new Traffic(options));
  const running = callers.run();
  const completed = await reached(system, staged.rollout, 'completed', 90_000);
  await callers.stop();
  await running;
  await Promise.all([staged.v1.stop(), staged.v2.stop()]);
  expect(completed.winner).toBe('v2');
  expect(completed.verdicts.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['error-rate pass']);
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
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

it('moves a candidate from its shadow through its canary, though the controller is killed in between', async () => {
  const shadow = { minPairs: 100, duration: '8s', compare: { outputs: { label: 'label' }, agreement: 0.95 } };
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const canary = { steps: ['50%'], every: '2s', advance: 'evidence', minUnits: 50, guardrails };
  const staged = await stageChain(system, 'shadowed', [{ shadow }, { canary }]);
  const { router, collector } = system.run();
  const options = { routers: router, collector, model: 'shadowed', ratePerSecond: 150, units: 20_000, never: 1, seed };
  const callers = (traffic = new Traffic(options));
  const running = callers.run();
  const view = async () => (await system.api<RolloutAnswer>('GET', `/rollouts/${staged.rollout}`)).body;
  const shadowed = await eventually(
    async () => ((seen) => (seen.comparisons[0]?.pairs ?? 0) > 0 && seen)(await view()),
    {
      timeoutMs: 60_000,
    },
  );
  expect(shadowed).toMatchObject({ state: 'running', stage: 0 });
  expect(callers.answers.every(({ version }) => version === 'v1')).toBe(true); // nobody has met the shadow
  await system.kill('rollout-controller');
  const completed = await reached(system, staged.rollout, 'completed', 120_000);
  await callers.stop();
  await running;
  await Promise.all([staged.v1.stop(), staged.v2.stop()]);
  expect(completed).toMatchObject({ winner: 'v2', comparisons: [{ candidate: 'v2', agreement: { value: 1 } }] });
  expect(completed.comparisons[0]?.pairs).toBeGreaterThanOrEqual(100);
  const moves = await system.api<{ events: { action: string; to: { stage: number } | null }[] }>(
    'GET',
    `/rollouts/${staged.rollout}/events`,
  );
  expect(moves.body.events.map(({ action, to }) => `${action} ${to?.stage}`)).toEqual([
    'submit 0',
    'advance 1',
    'complete 1',
  ]);
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
});
