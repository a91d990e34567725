// Outcomes move the traffic: to the best arm, away from one that fails, though the allocator is killed in between; and the books agree.
import { eventually } from '@weir/testing';
import { reconcile } from './reconcile';
import { reached } from './stage';
import { banditOf, LikesOverKafka, stageBandit, startVersions } from './stage-bandit';
import { System } from './system';
import { readTopic } from './tap';
import { Traffic } from './traffic';

const seed = 20261123;
const patience = { timeoutMs: 90_000, everyMs: 200 };
let system: System;
let traffic: Traffic | undefined;

beforeAll(async () => {
  console.info(`seed ${seed}`);
  system = await System.start({ routers: 2 });
}, 180_000);

afterEach(() => traffic?.stop());
afterAll(() => system?.stop());

interface Policy {
  readonly model: string;
  readonly slices: readonly { rollout: string; arms: Record<string, number> }[];
}

async function policiesOf(model: string): Promise<Policy[]> {
  const records = await readTopic(system.run().kafkaBrokers, system.topic('weir.policy-published.v1'));
  return records.map(({ value }) => value as Policy).filter((policy) => policy.model === model);
}

it('moves the traffic to the arm that callers like, closes one that fails, and ends with the best in charge', async () => {
  const guardrails = [{ metric: 'error-rate', margin: 1.2 }];
  const bandit = { update: '1s', halfLife: '1h', guardrails, decide: 'manual' };
  const staged = await stageBandit(system, 'liked', bandit, await startVersions());
  const { rollout, servers } = staged;
  const { router, collector } = system.run();
  const options = { routers: router, collector, model: 'liked', ratePerSecond: 120, units: 20_000, never: 1, seed };
  const callers = (traffic = new Traffic(options));
  const likes = new LikesOverKafka(system, callers, { seed, rates: { v1: 0.6, v2: 0.8, v3: 0.9 } });
  const running = callers.run();
  await likes.start();
  const view = () => banditOf(system, rollout);

  // the arm that would have been the best begins to fail
  await eventually(async () => (await view()).bandits[0]?.allocation, patience);
  servers.v3.behaviour = { kind: 'answer', status: 500 };
  const closed = await eventually(
    async () => ((seen) => seen.bandits[0]?.arms['v3']?.out && seen)(await view()),
    patience,
  );
  expect(closed).toMatchObject({ state: 'running', weights: { desired: { v3: 0 } } });
  expect(closed.bandits[0]?.arms['v3']?.out?.reason).toContain('error');

  await system.kill('bandit-allocator');
  const before = closed.bandits[0]?.allocation?.sequence ?? 0;
  const moved = await eventually(async () => {
    const seen = await view();
    const { arms, allocation } = seen.bandits[0] ?? {};
    return (arms?.['v2']?.weightBps ?? 0) >= 9_000 && (allocation?.sequence ?? 0) > before && seen;
  }, patience);
  expect(moved.weights.desired).toMatchObject({ v3: 0 });
  const decided = await eventually(async () => ((seen) => seen.bandits[0]?.decision && seen)(await view()), patience);
  expect(decided.bandits[0]?.decision).toMatchObject({ kind: 'winner', winner: 'v2' });
  await system.api('POST', `/rollouts/${rollout}/promote`, { reason: 'the bandit has found it' });
  expect(await reached(system, rollout, 'completed', 30_000)).toMatchObject({ winner: 'v2' });

  await callers.stop();
  await running;
  await likes.stop();
  const { outcomes } = await reconcile(system, 'liked', callers);
  expect(outcomes).toMatchObject({ joined: callers.outcomesSent, duplicate: 0, orphan: 0, late: 0 });
  expect(callers.answers.filter(({ status }) => status !== 200)).toEqual([]);
  // once closed, never raised again
  const weights = (await policiesOf('liked')).flatMap(({ slices }) => slices.map(({ arms }) => arms['v3'] ?? 0));
  expect(weights.slice(weights.indexOf(0))).toEqual(weights.slice(weights.indexOf(0)).map(() => 0));
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}, 300_000);
