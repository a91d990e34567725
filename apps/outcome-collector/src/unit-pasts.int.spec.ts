// What is known of units from before a rollout, from the first outcomes to the covariates in its evidence.
import { type PredictionServed } from '@weir/contracts';
import { CollectorUnderTest, metrics, served } from './collector.fixture';

const withinMs = 120_000;
const patient = Object.fromEntries(
  Object.entries(metrics).map(([name, metric]) => [name, 'withinMs' in metric ? { ...metric, withinMs } : metric]),
);

let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow({ metrics: patient });
});
afterEach(() => collector.close());

/** Stable answers everybody. */
function before(unit: string): PredictionServed {
  return served({
    unit,
    rollout: undefined,
    attempt: undefined,
    stage: undefined,
    step: undefined,
    arm: 'v1',
    weights: { v1: 10_000 },
  });
}

function during(unit: string, arm: 'v1' | 'v2', some: Partial<PredictionServed> = {}): PredictionServed {
  return served({ unit, arm, weights: { v1: 5_000, v2: 5_000 }, ...some });
}

const of =
  (metric: string) =>
  ({ predictionId }: PredictionServed, value: number | boolean) => ({ predictionId, metric, value });
const liked = of('liked');

async function unitSumsOf(metric: string, attempt = 1): Promise<Record<string, object>> {
  const rows = (await collector.evidence()).filter((row) => row.metric === metric && (row.attempt ?? 1) === attempt);
  const arms = new Map<string, { n: number; covered: number; x: number; xx: number; xd: number }>();
  for (const { arm, unitSums } of rows) {
    const { n, covered, x, xx, xd } = arms.get(arm) ?? { n: 0, covered: 0, x: 0, xx: 0, xd: 0 };
    arms.set(arm, {
      ...{ n: n + unitSums.n, covered: covered + (unitSums.covered ?? 0) },
      ...{ x: x + unitSums.x, xx: xx + unitSums.xx, xd: xd + unitSums.xd },
    });
  }
  return Object.fromEntries(arms);
}

it('tells of each unit what a metric was for it while stable answered all, less the middle', async () => {
  const past = [before('ada'), before('ada'), before('bob'), before('cy')];
  const [first, second, bobs] = past as [PredictionServed, PredictionServed, PredictionServed];
  await collector.record(past);
  await collector.consume([liked(first, 1), liked(second, 0.5), liked(bobs, 0.25)], { again: true });
  const now = [during('ada', 'v1'), during('bob', 'v2'), during('cy', 'v1'), during('dan', 'v2')];
  await collector.record(now);
  await collector.consume(now.map((event) => liked(event, 1)));
  // pasts 0.75 and 0.25, the middle 0.5, h = 1/2; nothing is known of cy and dan
  expect(await unitSumsOf('liked')).toEqual({
    v1: { n: 2, covered: 1, x: 0.125, xx: 0.015625, xd: 0.0625 },
    v2: { n: 2, covered: 1, x: -0.125, xx: 0.015625, xd: -0.0625 },
  });
});

it('learns nothing from a rollout, whose attempts must not tell a later one what they did to a unit', async () => {
  const [known, inFirst] = [before('ada'), during('ada', 'v2')];
  await collector.record([known, before('bob')]);
  await collector.consume([liked(known, 0.75)]);
  await collector.record([inFirst]);
  await collector.consume([liked(inFirst, 0)]);
  const retried = [during('ada', 'v2', { attempt: 2 }), during('bob', 'v1', { attempt: 2 })];
  await collector.record(retried);
  await collector.consume(retried.map((event) => liked(event, 1)));
  const { v1, v2 } = await unitSumsOf('liked', 2);
  expect({ v1, v2 }).toMatchObject({ v1: { covered: 0 }, v2: { covered: 1, x: 0 } });
  expect(
    await collector.dataSource.query(
      "select n::int as n, sum::float8 / 2 ^ 32 as sum from unit_histories where metric = 'liked'",
    ),
  ).toEqual([{ n: 1, sum: 0.75 }]);
});

it('counts what nobody did as 0 where absence counts, and revisions and what is excluded as they stand', async () => {
  const [hit, miss, excluded] = [before('ada'), before('ada'), { ...before('ada'), excluded: true }];
  await collector.record([hit, miss, excluded]);
  const revised = { ...of('liked')(hit, 0.25), revision: 1 };
  await collector.consume([of('clicked')(hit, true), liked(hit, 1), liked(excluded, 1), of('clicked')(excluded, true)]);
  await collector.consume([revised]);
  const rows = await collector.dataSource.query<object[]>(
    'select metric, n::int as n, sum::float8 / 2 ^ 32 as sum from unit_histories order by metric',
  );
  expect(rows).toEqual([
    { metric: 'clicked', n: 2, sum: 1 },
    { metric: 'liked', n: 1, sum: 0.25 },
    { metric: 'score', n: 2, sum: 1 },
  ]);
});

/** The candidate is in stable's shadow: stable answers everybody, and what it says is captured. */
function shadowed(unit: string, score: number): PredictionServed {
  const body = { outputs: [{ name: 'score', shape: [1], datatype: 'FP64', data: [score] }] };
  return { ...before(unit), rollout: 'rollout-1', stage: 0, capture: { response: { kind: 'json', size: 9, body } } };
}

it("foretells a metric by stable's score, as it answered the unit while the candidate was its shadow, where the metric names it", async () => {
  const liking = { ...patient['liked'], covariate: 'score' } as (typeof patient)['liked'];
  await collector.follow({ revision: 2, metrics: { ...patient, liked: liking } });
  const past = [shadowed('ada', 0.75), shadowed('bob', 0.25), before('cy')];
  await collector.record(past);
  // of its own past nothing is told
  await collector.consume([liked(past[2] as PredictionServed, 1)]);
  const now = [during('ada', 'v1', { stage: 1 }), during('bob', 'v2', { stage: 1 }), during('dan', 'v2', { stage: 1 })];
  await collector.record(now);
  await collector.consume(now.map((event) => liked(event, 1)));
  expect(await unitSumsOf('liked')).toEqual({
    v1: { n: 1, covered: 1, x: 0.125, xx: 0.015625, xd: 0.0625 },
    v2: { n: 2, covered: 1, x: -0.125, xx: 0.015625, xd: -0.0625 },
  });
});
