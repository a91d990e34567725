// Learning and allocating on a real Postgres: every outcome once, and weights that anyone can compute again.
import { allocate, learn, rewardChanges, type BanditState } from '@weir/bandits';
import { weightsAllocated, type OutcomeJoined } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { known } from './adapters/postgres/allocator.sql';
import { AllocatorUnderTest, banditPolicy, clicked, rollout } from './allocator.fixture';
import { banditStages } from './domain/bandit-stage';
import { outcomeOf } from './domain/taught';

let allocator: AllocatorUnderTest;
beforeEach(async () => {
  allocator = await AllocatorUnderTest.open();
});
afterEach(() => allocator.close());

const [stage] = banditStages(banditPolicy());
if (!stage) throw new Error('a bandit');

/** What the same outcomes teach, computed from nothing. */
function oracle(events: readonly OutcomeJoined[], asOf: string) {
  const outcomes = new Map(
    events.flatMap((event) => {
      const outcome = outcomeOf(event, stage as NonNullable<typeof stage>);
      return outcome ? [[outcome.identity, outcome] as const] : [];
    }),
  );
  const changes = [...outcomes.values()].flatMap((each) => rewardChanges(each, undefined, 3_600_000));
  const state: BanditState = learn(new Map(), changes);
  const plan = { algorithm: 'thompson', likelihood: 'bernoulli', direction: 'up', halfLifeMs: 3_600_000 } as const;
  return allocate(state, { ...plan, floor: 0.02, arms: ['v1', 'v2', 'v3'] }, Date.parse(asOf));
}

const hits = (arm: string, count: number, of: number): OutcomeJoined[] =>
  Array.from({ length: of }, (_, index) => clicked(arm, index < count ? 1 : 0));

async function allocatedOnce() {
  await allocator.cases.allocate.sweep();
  const all = await allocator.allocated();
  const last = all.at(-1);
  if (!last) throw new Error('nothing allocated');
  return last;
}

it('what it publishes is what the outcomes teach, to the basis point and to the last bit of a probability', async () => {
  allocator.cases.policies.follow(banditPolicy());
  const events = [...hits('v1', 10, 200), ...hits('v2', 40, 200), ...hits('v3', 12, 100)];
  await allocator.learn(events.slice(0, 300));
  await allocator.learn(events.slice(300), { partition: 1 });
  const event = await allocatedOnce();
  const expected = oracle(events, event.asOf);
  expect(event).toMatchObject({
    ...{ model: 'spam', rollout, attempt: 1, stage: 0, sequence: 1, reason: 'cadence' },
    ...{ weights: expected.weights, offsets: { 0: '300', 1: '200' } },
    probabilityBest: Object.fromEntries(
      Object.entries(expected.arms).map(([arm, each]) => [arm, each.probabilityBest]),
    ),
    stop: { leader: 'v2', threshold: 0.01, stop: false },
  });
  expect(event.weights['v2']).toBeGreaterThan(9_000);
  expect(weightsAllocated.schema.safeParse(event).success).toBe(true);
});

it('an outcome that comes again teaches nothing, a greater revision takes its place, a lesser one does not', async () => {
  allocator.cases.policies.follow(banditPolicy());
  const first = hits('v1', 5, 10);
  const revised = first.map((event) => ({ ...event, revision: 2, value: 0.9 }));
  const lesser = first.map((event) => ({ ...event, revision: 1, value: 0 }));
  await allocator.learn([...first, ...first]);
  await allocator.learn([...first, ...revised], { from: 20 });
  await allocator.learn(lesser, { from: 40 });
  const { arms } = oracle(revised, (await allocatedOnce()).asOf);
  const [view] = await allocator.reads.bandits(rollout);
  expect(view?.arms.find(({ arm }) => arm === 'v1')).toMatchObject({
    posteriorMean: expect.closeTo(10 / 12, 5) as number,
    claimedMean: expect.closeTo(0.9, 6) as number,
  });
  expect((await allocator.allocated()).at(-1)?.probabilityBest).toEqual(
    Object.fromEntries(Object.entries(arms).map(([arm, each]) => [arm, each.probabilityBest])),
  );
});

it('a fallback is its assigned arm’s failure; of a numeric metric it teaches nothing', async () => {
  allocator.cases.policies.follow(banditPolicy());
  await allocator.learn([clicked('v2', 1), clicked('v2', 1, { fallback: true, answeredBy: 'v1' })]);
  const [view] = await allocator.reads.bandits(rollout);
  expect(view?.arms.find(({ arm }) => arm === 'v2')).toMatchObject({ posteriorMean: 0.5 });
  const numeric = banditPolicy({ model: 'other' }, { rollout: 'r2' }, { metric: 'revenue' });
  allocator.cases.policies.follow(numeric);
  const paid = (value: number, fallback: boolean) =>
    clicked('v2', value, { model: 'other', rollout: 'r2', metric: 'revenue', fallback });
  await allocator.learn([paid(3, false), paid(5, false), paid(100, true)], { partition: 2 });
  const rows = await allocator.dataSource.query<unknown[]>("select from outcomes where rollout = 'r2'");
  expect(rows).toHaveLength(2);
});

it('learns nothing from other metrics, stages and attempts, or from outside any rollout', async () => {
  allocator.cases.policies.follow(banditPolicy());
  await allocator.learn([
    clicked('v1', 1, { metric: 'revenue' }),
    clicked('v1', 1, { stage: 1 }),
    clicked('v1', 1, { attempt: 2 }),
    clicked('v1', 1, { rollout: undefined }),
  ]);
  expect(await allocator.dataSource.query('select from outcomes')).toEqual([]);
});

it('allocates at its cadence, and at once when its arms change; a closed arm has no weight', async () => {
  allocator.cases.policies.follow(banditPolicy({}, {}, { updateMs: 3_600_000 }));
  await allocator.learn([...hits('v1', 1, 50), ...hits('v2', 40, 50), ...hits('v3', 20, 50)]);
  expect((await allocatedOnce()).sequence).toBe(1);
  expect(await allocator.cases.allocate.sweep()).toBe(0);
  const closed = banditPolicy(
    { revision: 2, epoch: 2 },
    { arms: { v1: 5_000, v2: 0, v3: 5_000 } },
    { updateMs: 3_600_000 },
  );
  allocator.cases.policies.follow(closed);
  const event = await allocatedOnce();
  expect(event).toMatchObject({ sequence: 2, reason: 'arms-changed', stop: { leader: 'v3' } });
  expect(Object.keys(event.weights)).toEqual(['v1', 'v3']);
  allocator.cases.policies.follow(banditPolicy({ revision: 3, epoch: 3, slices: [] }));
  expect(await allocator.cases.allocate.sweep()).toBe(0);
});

it('an arm that is added in the middle begins with what is believed of any arm; one that comes back is what it was', async () => {
  const at = (epoch: number, arms: Record<string, number>) =>
    allocator.cases.policies.follow(banditPolicy({ revision: epoch, epoch }, { arms }, { updateMs: 3_600_000 }));
  at(1, { v1: 5_000, v2: 5_000 });
  const known = [...hits('v1', 10, 100), ...hits('v2', 30, 100)];
  await allocator.learn(known);
  expect(Object.keys((await allocatedOnce()).weights)).toEqual(['v1', 'v2']);
  at(2, { v1: 1_000, v2: 8_000, v3: 1_000 });
  const added = await allocatedOnce();
  const expected = oracle(known, added.asOf);
  expect(added).toMatchObject({ reason: 'arms-changed', weights: expected.weights, effectiveSamples: { v3: 0 } });
  expect(added.weights['v3']).toBeGreaterThan(5_000); // nothing is known against it
  at(3, { v1: 1_000, v3: 9_000 });
  expect(Object.keys((await allocatedOnce()).weights)).toEqual(['v1', 'v3']);
  await allocator.learn(hits('v3', 0, 100), { from: 200 });
  at(4, { v1: 1_000, v2: 1_000, v3: 8_000 });
  const back = await allocatedOnce();
  expect(back.effectiveSamples['v2']).toBeCloseTo(100, 1);
  expect(back.weights['v2']).toBeGreaterThan(9_000);
});

it('a bandit that was submitted again learns from the outcomes of the one before, those that come late too, and claims its own alone', async () => {
  allocator.cases.policies.follow(banditPolicy());
  const before = [...hits('v1', 20, 100), ...hits('v2', 60, 100)];
  await allocator.learn(before);
  const continues = [{ rollout, attempt: 1, stage: 0 }];
  const again = banditPolicy({ revision: 2, epoch: 2 }, { rollout: 'rollout-2' }, { continues });
  allocator.cases.policies.follow(again);
  const own = [...hits('v1', 2, 10), ...hits('v3', 1, 10)].map((event) => ({
    ...event,
    rollout: 'rollout-2',
    epoch: 2,
  }));
  const late = hits('v3', 0, 40);
  await allocator.learn([...own, ...late], { from: 200 });
  const event = await allocatedOnce();
  const expected = oracle([...before, ...own, ...late], event.asOf);
  expect(event).toMatchObject({ rollout: 'rollout-2', weights: expected.weights, sequence: 1 });
  expect(event.effectiveSamples).toEqual(
    Object.fromEntries(Object.entries(expected.arms).map(([arm, each]) => [arm, each.effectiveOutcomes])),
  );
  expect(event.stop.separated).toBe(false);
  const claimed = await allocator.dataSource.query<{ arm: string; n: number }[]>(
    "select arm, n::float8 as n from claims where rollout = 'rollout-2' order by arm",
  );
  expect(claimed).toEqual([
    { arm: 'v1', n: 10 },
    { arm: 'v3', n: 10 },
  ]);
});

it('allocates when so many outcomes have taught it, before its cadence is due; a revision is none of them', async () => {
  allocator.cases.policies.follow(banditPolicy({}, {}, { updateMs: 3_600_000, updateOutcomes: 20 }));
  expect((await allocatedOnce()).reason).toBe('cadence');
  const first = hits('v1', 5, 19);
  await allocator.learn(first);
  await allocator.learn(
    first.map((event) => ({ ...event, revision: 2 })),
    { from: 19 },
  );
  await allocator.dataSource.query('update stages set as_of_ms = as_of_ms - 1000');
  expect(await allocator.cases.allocate.sweep()).toBe(0);
  await allocator.learn(hits('v2', 1, 1), { from: 38 });
  expect(await allocatedOnce()).toMatchObject({ sequence: 2, reason: 'outcomes', epoch: 1 });
  expect(await allocator.cases.allocate.sweep()).toBe(0);
});

it('holds a capped arm to its cap, whatever it has earned', async () => {
  allocator.cases.policies.follow(banditPolicy({}, {}, { capsBps: { v2: 3_000 } }));
  await allocator.learn([...hits('v1', 10, 100), ...hits('v2', 90, 100), ...hits('v3', 5, 100)]);
  const { weights } = await allocatedOnce();
  expect(weights['v2']).toBe(3_000);
  expect((weights['v1'] ?? 0) + (weights['v3'] ?? 0)).toBe(7_000);
});

it('waits for the policy of an epoch that it does not know, and remembers bandits over a restart', async () => {
  const early = [clicked('v1', 1)];
  await expect(allocator.learn(early)).rejects.toThrow('awaiting epoch spam 1');
  allocator.cases.policies.follow(banditPolicy());
  await allocator.learn(early);
  const again = await AllocatorUnderTest.open(allocator);
  try {
    again.cases.policies.follow(banditPolicy({ revision: 9, epoch: 9, slices: [] }));
    await again.learn([clicked('v1', 0)], { from: 1 });
    expect(await again.dataSource.query('select from outcomes')).toHaveLength(2);
  } finally {
    await again.close();
  }
});

it('twenty processes that each begin again where none knew to have ended teach it each outcome once', async () => {
  allocator.cases.policies.follow(banditPolicy());
  const events = [...hits('v1', 30, 200), ...hits('v2', 60, 200), ...hits('v3', 10, 200)].sort((a, b) =>
    a.predictionId < b.predictionId ? -1 : 1,
  );
  const others = await Promise.all([1, 2, 3].map(() => AllocatorUnderTest.open(allocator)));
  try {
    for (const other of others) other.cases.policies.follow(banditPolicy());
    await Promise.all(
      Array.from({ length: 20 }, async (_, run) => {
        const process = [allocator, ...others][run % 4] ?? allocator;
        const from = Math.max(0, 30 * run - 45);
        // the same records, over and over: the ledger lets only the next ones through, in their order
        await eventually(async () => (await positionOf()) >= 30 * run);
        await process.learn(events.slice(from, 30 * (run + 1)), { from });
      }),
    );
  } finally {
    for (const other of others) await other.close();
  }
  const event = await allocatedOnce();
  expect(event.offsets).toEqual({ 0: '600' });
  expect(event.weights).toEqual(oracle(events, event.asOf).weights);
  expect(event.effectiveSamples).toEqual(
    Object.fromEntries(
      Object.entries(oracle(events, event.asOf).arms).map(([arm, each]) => [arm, each.effectiveOutcomes]),
    ),
  );
}, 60_000);

it('finds what it knows of outcomes by their keys, in a table that the planner knows nothing of too', async () => {
  const { dataSource } = allocator;
  await dataSource.query('alter table outcomes set (autovacuum_enabled = false)');
  await dataSource.query(
    `insert into outcomes (rollout, attempt, stage, identity, revision, arm, served_at_ms, reward, weights)
     select 'r', 1, 0, md5(i::text), 0, 'v1', 0, 0, '{}' from generate_series(1, 20000) as i`,
  );
  const some = await dataSource.query<{ identity: string }[]>('select identity from outcomes limit 100');
  const asked = ['r', 1, 0, some.map(({ identity }) => identity)];
  expect(await dataSource.query(known, asked)).toHaveLength(100);
  const plan = JSON.stringify(await dataSource.query(`explain (analyze, format json) ${known}`, asked));
  expect(plan).toContain('Index Cond');
  expect(plan).not.toContain('Rows Removed by Filter');
});

async function positionOf(): Promise<number> {
  const [row] = await allocator.dataSource.query<{ next: string }[]>(
    'select max(next_offset)::text as next from bus_ledger',
  );
  return Number(row?.next ?? 0);
}
