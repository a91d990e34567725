// The books of a comparator: every prediction with a shadow ends as one result, the sums agree wherever they are told, and old days go.
import { type PredictionServed } from '@weir/contracts';
import { ModelServer } from '@weir/testing';
import { ComparisonDays } from './adapters/postgres/comparison-days';
import { ComparatorUnderTest, joined, rollout, served, total } from './comparator.fixture';

const seed = 20261123;
let comparator: ComparatorUnderTest;
let servers: ModelServer[];

beforeEach(async () => {
  servers = await Promise.all([ModelServer.start({ label: 'spam' }), ModelServer.start({ label: 'ham' })]);
  comparator = await ComparatorUnderTest.open();
});

afterEach(async () => {
  await comparator.close();
  await Promise.all(servers.map((server) => server.stop()));
});

const urls = () => servers.map(({ url }) => url);
const results = (counts: Record<string, number>) =>
  Object.entries(counts).filter(([name]) => /^(?:compared$|skipped\.|failed\.)/.test(name));
const sum = (counts: Record<string, number>) => results(counts).reduce((all, [, count]) => all + count, 0);

/** What may befall a prediction, each as likely as the others. */
const fates: ((event: PredictionServed) => PredictionServed)[] = [
  (event) => event,
  (event) => ({ ...event, excluded: true }),
  (event) => ({ ...event, armStatus: 'cancelled', status: 499 }),
  (event) => ({ ...event, armStatus: 'timeout', capture: { request: event.capture?.request } }),
  (event) => ({ ...event, arm: 'v2' }),
  (event) => ({ ...event, fallback: true }),
  (event) => ({ ...event, capture: { ...event.capture, request: { kind: 'digest', size: 1, sha256: 'x' } } }),
  (event) => ({ ...event, capture: { ...event.capture, response: { kind: 'size', size: 1 } } }),
  (event) => ({ ...event, armHttpStatus: 400, status: 400 }),
  (event) => ({ ...event, unit: undefined }),
  (event) => ({ ...event, servedAt: new Date(Date.now() - 300_000).toISOString() }),
];

it('adds up to the predictions, whatever befalls them and their shadows, for each shadow and in every book', async () => {
  console.info(`seed ${seed}`);
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  comparator.follow(urls(), { sampleBps: 8_000 });
  const events: PredictionServed[] = [];
  for (let chunk = 0; chunk < 8; chunk += 1) {
    for (const server of servers)
      server.behaviour = pick([
        { kind: 'answer' },
        { kind: 'garbage' },
        { kind: 'answer', status: 503 },
        { kind: 'answer', status: 422 },
        { kind: 'reset' },
      ]);
    const fresh = Array.from({ length: 40 }, () => pick(fates)(served({ unit: `unit-${Math.floor(random() * 9)}` })));
    const again = events.filter(() => random() < 0.05); // recorded twice by their routers
    events.push(...fresh);
    await comparator.compare([...fresh, ...again], { times: random() < 0.3 ? 2 : 1, partition: chunk % 3 });
  }
  const rows = await comparator.evidence();
  const told = await comparator.compared();
  for (const shadow of ['v2', 'v3']) {
    const counts = await comparator.counts(shadow);
    expect(sum(counts)).toBe(320);
    for (const [name, count] of results(counts)) expect(total(rows, `result.${name}`, { arm: shadow }).n).toBe(count);
    const own = told.filter((event) => event.shadow === shadow);
    expect(own).toHaveLength(320 - (counts['skipped.not-sampled'] ?? 0));
    expect(new Set(own.map(({ predictionId }) => predictionId)).size).toBe(own.length);
    expect(counts['compared'] ?? 0).toBe((counts['matched'] ?? 0) + (counts['mismatched'] ?? 0));
    const { load } = (await comparator.reads.tallies(rollout)).find((tally) => tally.shadow === shadow) ?? {};
    expect(load?.calls).toBe(total(rows, 'model-seconds', { arm: shadow }).n);
  }
});

it('keeps few bytes of a pair, and forgets days that are over: what came of them and their outcomes', async () => {
  comparator.follow(urls().slice(0, 1));
  const events = Array.from({ length: 2_000 }, (_, index) => served({ unit: `unit-${index % 50}` }));
  await comparator.compare(events);
  await comparator.judge(events.slice(0, 100).map((event) => joined(event, 'spam', 'spam')));
  const size = async (table: string) => {
    const [row] = await comparator.dataSource.query<{ bytes: number }[]>(
      'select sum(pg_total_relation_size(inhrelid))::float8 as bytes from pg_inherits where inhparent = $1::regclass',
      [table],
    );
    return row?.bytes ?? 0;
  };
  const perPair = (await size('comparisons')) / events.length;
  console.info(`figure bytes of a pair: ${perPair.toFixed(0)} in Postgres`);
  // 100 a second for 24 h, beside the events in Kafka and an outcome for each
  expect(perPair * 8_640_000).toBeLessThan(6e9);
  const days = async () =>
    (
      await comparator.dataSource.query<{ name: string }[]>(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent in ('comparisons'::regclass, 'outcomes'::regclass)",
      )
    ).length;
  expect(await days()).toBeGreaterThanOrEqual(2);
  await comparator.cases.days.drop();
  expect(await days()).toBeGreaterThanOrEqual(2); // today's stay
  await new ComparisonDays(comparator.dataSource, 8, () => Date.now() + 10 * 86_400_000).drop();
  expect(await days()).toBe(0);
  expect(await comparator.counts()).toMatchObject({ compared: 2_000 }); // what they add up to stays with the rollout
});
