// Two revisions of one outcome whose transactions cross each other and that of their prediction: the greater one stands, whatever met first.
import { type Evidence, type OutcomeReported } from '@weir/contracts';
import { CollectorUnderTest, metrics, served } from './collector.fixture';

let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow({ metrics: patient });
});

afterEach(() => collector.close());

/** Of each metric one outcome, revised. */
interface Revisions {
  readonly older: readonly OutcomeReported[];
  readonly newer: readonly OutcomeReported[];
}

const values = [
  { metric: 'liked', older: true, newer: false, counts: 0 },
  { metric: 'correct', older: 'spam', newer: 'ham', counts: 0 },
  { metric: 'revenue', older: 30, newer: 4, counts: 4 },
  { metric: 'clicked', older: true, newer: false, counts: 0 }, // its absence is a zero
];

/** Longer than a slow machine takes. */
const withinMs = 600_000;
const patient = Object.fromEntries(
  Object.entries(metrics).map(([name, metric]) => [name, 'withinMs' in metric ? { ...metric, withinMs } : metric]),
);

/** Every way in which two revisions may come about their prediction; `unseen`: as if not committed when the prediction was recorded. */
const ways: readonly {
  readonly name: string;
  readonly come: (of: Revisions, predict: () => Promise<void>) => Promise<void>;
}[] = [
  {
    name: 'the newer met the prediction, then the older was matched late',
    come: async ({ older, newer }, predict) => {
      await unseen(older, predict);
      await collector.consume(newer);
    },
  },
  {
    name: 'the newer came over HTTP and met the prediction, then the older was matched late',
    come: async ({ older, newer }, predict) => {
      await unseen(older, predict);
      await collector.report(newer);
    },
  },
  {
    name: 'the newer was first of all and was matched late, the older met the prediction',
    come: async ({ older, newer }, predict) => {
      await unseen(newer, predict);
      await collector.consume(older);
    },
  },
  {
    name: 'the newer met the prediction before the older came',
    come: async ({ older, newer }, predict) => {
      await predict();
      await collector.consume(newer);
      await collector.consume(older);
    },
  },
  {
    name: 'both were matched late, of one chunk',
    come: ({ older, newer }, predict) => unseen([...older, ...newer], predict),
  },
  {
    name: 'both were matched late, of one chunk, the newer first',
    come: ({ older, newer }, predict) => unseen([...newer, ...older], predict),
  },
  {
    name: 'both were matched late, of two chunks',
    come: async ({ older, newer }, predict) => {
      await collector.consume(older);
      await unseen(newer, predict);
    },
  },
  {
    name: 'both met the prediction, in one chunk',
    come: async ({ older, newer }, predict) => {
      await predict();
      await collector.consume([...older, ...newer]);
    },
  },
];

/** The prediction's transaction does not see these, and they did not see the prediction. */
async function unseen(outcomes: readonly OutcomeReported[], predict: () => Promise<void>): Promise<void> {
  await collector.consume(outcomes);
  await collector.dataSource.query("update outcomes set model = 'hidden' where model is null");
  await predict();
  await collector.dataSource.query("update outcomes set model = null where model = 'hidden'");
}

it.each(ways)('lets the greater revision stand where $name', async ({ come }) => {
  const prediction = served({ unit: 'ada' });
  const { predictionId } = prediction;
  const older = values.map(({ metric, older: value }) => ({ predictionId, metric, value, revision: 1 }));
  const newer = values.map(({ metric, newer: value }) => ({ predictionId, metric, value, revision: 2 }));
  await come({ older, newer }, () => collector.record([prediction]));
  await collector.cases.expire.sweep();
  collector.appliedUpToMs = Date.now() + 2 * withinMs;
  await collector.cases.expire.sweep();

  const receipts = await collector.reads.outcomes(predictionId);
  expect(receipts).toHaveLength(2 * values.length);
  for (const { metric, newer: value, counts } of values) {
    const standing = receipts.filter((one) => one.metric === metric && one.state === 'joined' && !one.replaced);
    expect(standing).toMatchObject([{ metric, value, revision: 2 }]);
    const rows = (await collector.evidence()).filter((row) => row.metric === metric);
    expect({ metric, n: sumOf(rows, 'n'), sum: sumOf(rows, 'sum') }).toEqual({ metric, n: 1, sum: counts });
    const announced = (await collector.joined()).filter((event) => event.metric === metric);
    expect(announced.at(-1)).toMatchObject({ metric, revision: 2 });
  }
  expect((await collector.reads.tallies('spam')).outcomes).toMatchObject({ pending: 0, orphan: 0 });
});

function sumOf(rows: readonly Evidence[], field: 'n' | 'sum'): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}
