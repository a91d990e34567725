// What goes by age: days with their partitions, the rest row by row; and what stays.
import { PostgresDays } from './adapters/postgres/days';
import { CollectorUnderTest, served } from './collector.fixture';

const dayMs = 86_400_000;
let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow();
});
afterEach(() => collector.close());

/** As if so many days had passed: of what is filed by day the partitions, of the rest what was touched so long ago. */
function afterDays(days: number): PostgresDays {
  return new PostgresDays(collector.dataSource, 30, () => Date.now() + days * dayMs);
}

async function rowsOf(table: string, where = 'true'): Promise<number> {
  const [found] = await collector.dataSource.query<{ rows: number }[]>(
    `select count(*)::int as rows from ${table} where ${where}`,
  );
  return found?.rows ?? 0;
}

async function partitionsOf(table: string): Promise<number> {
  const found = await collector.dataSource.query<unknown[]>(
    'select 1 from pg_inherits where inhparent = $1::regclass',
    [table],
  );
  return found.length;
}

it('predictions and outcomes go with their day, whole, and not a day sooner than is said', async () => {
  const events = [served(), served()];
  await collector.record(events);
  await collector.consume(events.map(({ predictionId }) => ({ predictionId, metric: 'liked', value: true })));
  await afterDays(29).drop();
  expect([await rowsOf('predictions'), await rowsOf('outcomes')]).toEqual([2, 2]);
  await afterDays(32).drop();
  expect([await rowsOf('predictions'), await rowsOf('outcomes')]).toEqual([0, 0]);
  // what tells no day keeps its place
  expect([await partitionsOf('predictions'), await partitionsOf('outcomes')]).toEqual([0, 1]);
  // counts stay, and what comes is filed again
  await collector.cases.days.drop();
  expect((await collector.reads.tallies('spam')).outcomes.joined).toBe(2);
});

it('makes a day anew that was dropped and is written again', async () => {
  await collector.record([served()]);
  await afterDays(40).drop();
  const later = await collector.beside();
  await later.record([served()], 1);
  expect(await rowsOf('predictions')).toBe(1);
  await later.close();
});

it('outcomes whose prediction tells no day are found by their age, by an index, and go a few at a time', async () => {
  const undated = ['order-1', 'order-2', 'order-3'];
  await collector.record(undated.map((predictionId) => served({ predictionId })));
  await collector.consume(undated.map((predictionId) => ({ predictionId, metric: 'liked', value: true })));
  await collector.dataSource.query(
    "update outcomes set received_at = now() - interval '31 days' where prediction_id <> 'order-2'",
  );
  await collector.cases.days.drop();
  expect(await rowsOf('outcomes', "prediction_id = 'order-2'")).toBe(1);
  expect(await rowsOf('outcomes')).toBe(1);
  const [{ plan } = { plan: '' }] = await collector.dataSource.query<{ plan: string }[]>(
    "select indexdef as plan from pg_indexes where schemaname = current_schema() and tablename = 'outcomes_19700101' and indexdef like '%(received_at)'",
  );
  expect(plan).toContain('received_at');
});

it('units of a rollout that counted nothing for so long go, those of one that counts stay, however old', async () => {
  await collector.record([
    served({ rollout: 'over', unit: 'ada' }),
    served({ rollout: 'over', unit: 'bob' }),
    served({ rollout: 'going-on', unit: 'ada' }),
  ]);
  await collector.dataSource.query(
    "update rollouts set touched_at = now() - interval '31 days' where rollout = 'over'",
  );
  await collector.cases.days.drop();
  expect(await rowsOf('units', "rollout = 'over'")).toBe(0);
  expect(await rowsOf('units', "rollout = 'going-on'")).toBe(1);
});

it('pasts of units go when they are older than what is kept, answers under keys after seven days', async () => {
  const outside = {
    rollout: undefined,
    attempt: undefined,
    stage: undefined,
    step: undefined,
    weights: { v1: 10_000 },
  };
  const [old, fresh] = [served({ ...outside, unit: 'ada' }), served({ ...outside, unit: 'bob' })];
  await collector.record([old, fresh]);
  await collector.report([{ predictionId: old.predictionId, metric: 'liked', value: true }], 'key-1');
  await collector.report([{ predictionId: fresh.predictionId, metric: 'liked', value: true }], 'key-2');
  await collector.dataSource.query("update unit_histories set touched_on = current_date - 31 where unit = 'ada'");
  await collector.dataSource.query(
    "update idempotency_keys set created_at = now() - interval '8 days' where key = 'key-1'",
  );
  await collector.cases.days.drop();
  expect(await rowsOf('unit_histories', "unit = 'ada'")).toBe(0);
  expect(await rowsOf('unit_histories', "unit = 'bob'")).toBeGreaterThan(0);
  expect(await rowsOf('idempotency_keys')).toBe(1);
});

it('a prediction that awaits its time when its day is dropped is given up, and nothing waits for ever', async () => {
  await collector.record([served({ unit: 'ada' })]);
  expect(await rowsOf('maturing')).toBe(1);
  await afterDays(32).drop();
  collector.appliedUpToMs = Date.now() + 33 * dayMs;
  await collector.cases.expire.sweep();
  expect(await rowsOf('maturing')).toBe(0);
  expect(await collector.joined()).toEqual([]);
});
