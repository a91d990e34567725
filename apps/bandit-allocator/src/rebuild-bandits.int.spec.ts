// What a bandit has learnt, computed again from the log: the same bit for bit, and mended where it is not.
import { type OutcomeJoined, type RebuildView } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { AllocatorUnderTest, banditPolicy, clicked, rollout } from './allocator.fixture';

let allocator: AllocatorUnderTest;
beforeEach(async () => {
  allocator = await AllocatorUnderTest.open();
  allocator.cases.policies.follow(banditPolicy({}, {}, { algorithm: 'square-cb', context: features }));
});
afterEach(async () => {
  await allocator.cases.rebuild.settled();
  await allocator.close();
});

const features = [{ attribute: 'device', values: ['phone', 'desktop'] }];

const outcomes = (count: number, from = 0): OutcomeJoined[] =>
  Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const servedAt = new Date(Date.now() - 86_400_000 + 60_000 * at).toISOString();
    const context = { device: at % 4 === 0 ? 'phone' : 'desktop' };
    return clicked(['v1', 'v2', 'v3'][at % 3] ?? 'v1', (at % 7) / 7, { servedAt, context });
  });

/** Everything that weights are computed from. */
const state = () =>
  Promise.all(
    ['rewards', 'claims', 'contexts'].map((table) =>
      allocator.dataSource.query<object[]>(
        `select * from ${table} order by rollout, arm, ${table === 'claims' ? 'n' : 'bucket'}`,
      ),
    ),
  );

async function rebuild(order: { replace?: boolean; force?: boolean } = {}): Promise<RebuildView> {
  allocator.cases.rebuild.begin(rollout, { replace: false, force: false, ...order });
  const view = await eventually(() => {
    const found = allocator.cases.rebuild.view(rollout);
    return found?.state === 'running' ? undefined : found;
  });
  if (view.state === 'failed') throw new Error(view.problem ?? 'failed');
  return view;
}

async function learnAll(): Promise<OutcomeJoined[]> {
  const all = outcomes(400);
  await allocator.learn(all.slice(0, 250));
  await allocator.learn(all.slice(250), { partition: 1 });
  await allocator.learn(
    all.slice(0, 50).map((event) => ({ ...event, revision: 1, value: 1, arm: 'v3' })),
    { from: 250 },
  );
  await allocator.learn(all.slice(20, 90), { from: 300 });
  return all;
}

it('is equal where nothing was lost, and leaves nothing behind', async () => {
  await learnAll();
  const before = await state();
  const view = await rebuild({ replace: true });
  expect(view).toMatchObject({ state: 'done', records: 520, problem: null });
  expect(view.stages).toEqual([
    {
      ...{ attempt: 1, stage: 0, metric: 'clicked', outcomes: 400, equal: true, complete: true, replaced: false },
      differences: { rewards: 0, claims: 0, contexts: 0 },
    },
  ]);
  expect(await state()).toEqual(before);
  expect(await allocator.dataSource.query("select from outcomes where rollout like '%#%'")).toEqual([]);
});

it('finds what was lost, spoiled or added, says so, and puts it right where that is ordered', async () => {
  await learnAll();
  const before = await state();
  await allocator.dataSource.query(
    `delete from rewards where bucket = (select min(bucket) from rewards where arm = 'v1') and arm = 'v1'`,
  );
  await allocator.dataSource.query(`update claims set yy = yy + 1 where arm = 'v2'`);
  await allocator.dataSource.query(`update contexts set xr[1] = xr[1] - 1 where arm = 'v3'`);
  await allocator.dataSource.query(
    `insert into rewards select rollout, attempt, stage, 'v9', bucket, n, sum, squares from rewards where arm = 'v3'`,
  );
  const told = await rebuild();
  expect(told.stages[0]).toMatchObject({ equal: false, replaced: false });
  expect(told.stages[0]?.differences.claims).toBe(1);
  expect(told.stages[0]?.differences.contexts).toBeGreaterThan(1);
  expect(told.stages[0]?.differences.rewards).toBeGreaterThan(1);
  expect(await state()).not.toEqual(before);
  expect((await rebuild({ replace: true })).stages[0]).toMatchObject({ equal: false, replaced: true });
  expect(await state()).toEqual(before);
  expect((await rebuild()).stages[0]).toMatchObject({ equal: true });
});

it('after it was replaced, an outcome that comes again still teaches nothing, and a revision takes its place', async () => {
  const all = await learnAll();
  const before = await state();
  for (const table of ['outcomes', 'rewards', 'contexts']) await allocator.dataSource.query(`delete from ${table}`);
  expect((await rebuild({ replace: true })).stages[0]).toMatchObject({ replaced: true });
  await allocator.learn(all.slice(0, 100), { from: 370 });
  expect(await state()).toEqual(before);
  await allocator.learn(
    all.slice(60, 100).map((event) => ({ ...event, revision: 3, value: 0.5 })),
    { from: 470 },
  );
  expect(await state()).not.toEqual(before);
  expect((await rebuild()).stages[0]).toMatchObject({ equal: true, outcomes: 400 });
});

it('is exact while outcomes go on coming', async () => {
  await learnAll();
  allocator.cases.rebuild.begin(rollout, { replace: true, force: false });
  const later = outcomes(200, 400);
  for (let at = 0; at < 200; at += 20) await allocator.learn(later.slice(at, at + 20), { from: 370 + at });
  await allocator.cases.rebuild.settled();
  expect(allocator.cases.rebuild.view(rollout)?.stages[0]).toMatchObject({ equal: true });
  expect((await rebuild()).stages[0]).toMatchObject({ equal: true, outcomes: 600 });
});

it('does not replace what Kafka no longer has all outcomes of, unless it is told to', async () => {
  await learnAll();
  await allocator.dataSource.query(`delete from rewards where arm = 'v1'`);
  allocator.log.keptSinceMs = Date.now();
  expect((await rebuild({ replace: true })).stages[0]).toMatchObject({ complete: false, replaced: false });
  expect((await rebuild({ replace: true, force: true })).stages[0]).toMatchObject({ complete: false, replaced: true });
});

it('knows no bandit of a rollout that has none', () => {
  expect(allocator.cases.rebuild.begin('nobody', { replace: false, force: false })).toBeUndefined();
  expect(allocator.cases.rebuild.view('nobody')).toBeUndefined();
});
