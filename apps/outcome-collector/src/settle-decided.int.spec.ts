// Predictions whose callers call the model themselves: decided, reported, forgotten, on a real Postgres.
import { type PredictionDecided, type PredictionReported } from '@weir/contracts';
import { uuidv7 } from 'uuidv7';
import { CollectorUnderTest, rollout } from './collector.fixture';

let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow();
});

afterEach(() => collector.close());

const minuteMs = 60_000;

function decided(some: Partial<PredictionDecided> = {}): PredictionDecided {
  const decidedMs = Date.now();
  return {
    predictionId: uuidv7(),
    model: 'spam',
    ...{ rollout, stage: 0, step: 0, epoch: 1, weights: { v1: 9_000, v2: 1_000 }, arm: 'v2', propensity: 0.1 },
    ...{ assignment: 'unit', policyRevision: 1, unit: 'alice', reason: 'weights' },
    decidedAt: new Date(decidedMs).toISOString(),
    dueAt: new Date(decidedMs + minuteMs).toISOString(),
    ...some,
  };
}

function report(of: PredictionDecided, some: Partial<PredictionReported> = {}): PredictionReported {
  const { predictionId, model } = of;
  return { predictionId, model, status: 200, latencyMs: 12.5, reportedAt: new Date().toISOString(), ...some };
}

describe('a decision and its report', () => {
  it.each([
    ['in this order', false],
    ['in the other order', true],
  ])('become one prediction of the arm that was decided, %s', async (_, reversed) => {
    const one = decided();
    if (reversed) await collector.reported([report(one)]);
    await collector.decided([one], { again: true });
    if (!reversed) await collector.reported([report(one)], { again: true });
    const [served, ...more] = await collector.servedByCallers();
    expect(more).toEqual([]);
    expect(served).toMatchObject({
      ...{ predictionId: one.predictionId, arm: 'v2', rollout, unit: 'alice', answeredBy: 'v2' },
      ...{ armStatus: 'ok', status: 200, latencyMs: 12.5, report: 'given' },
      servedAt: new Date(Math.trunc(Date.parse(one.decidedAt) + 12.5)).toISOString(),
    });
    expect(await collector.reads.tallies('spam')).toMatchObject({
      decided: 1,
      reports: { given: 1, missing: 0, late: 0, duplicate: 0, orphan: 0 },
    });
  });

  it.each([
    [200, 'ok'],
    [404, 'ok'],
    [429, 'error'],
    [499, 'cancelled'],
    [500, 'error'],
    [504, 'timeout'],
  ])('reported with %i count as %s', async (status, armStatus) => {
    const one = decided();
    await collector.decided([one]);
    await collector.reported([report(one, { status })]);
    expect(await collector.servedByCallers()).toMatchObject([{ status, armStatus }]);
  });

  it('are one prediction whatever is reported afterwards: the first report counts', async () => {
    const one = decided();
    await collector.decided([one]);
    await collector.reported([report(one), report(one, { status: 500 })]);
    await collector.reported([report(one, { status: 500 })]);
    expect(await collector.servedByCallers()).toMatchObject([{ status: 200 }]);
    expect(await collector.reads.tallies('spam')).toMatchObject({ reports: { given: 1, duplicate: 2 } });
  });

  it('do not meet when the report names another model', async () => {
    const one = decided();
    await collector.decided([one]);
    await collector.reported([report(one, { model: 'other' })]);
    expect(await collector.servedByCallers()).toEqual([]);
  });

  it('keep an outcome waiting until they have met, and it is joined then', async () => {
    const one = decided({ decidedAt: new Date(Date.now() - 20_000).toISOString() });
    await collector.decided([one]);
    const atMs = Date.now() - 19_000;
    await collector.consume([{ predictionId: one.predictionId, metric: 'liked', value: true }], { atMs });
    collector.appliedUpToMs = Date.now() + 30_000;
    await collector.cases.expire.sweep();
    expect(await collector.states(one.predictionId)).toEqual(['pending']);
    await collector.reported([report(one)]);
    await collector.record(await collector.servedByCallers());
    expect(await collector.states(one.predictionId)).toEqual(['joined']);
    expect(await collector.reads.prediction(one.predictionId)).toMatchObject({ arm: 'v2', report: 'given' });
  });
});

describe('a decision without a report', () => {
  it('counts as a timeout of its arm when its time is over, once, and a later report changes nothing', async () => {
    const one = decided();
    await collector.decided([one]);
    collector.appliedUpToMs = Date.parse(one.dueAt) - 1;
    expect(await collector.cases.decided.sweep()).toBe(0);
    collector.appliedUpToMs = Date.parse(one.dueAt) + 1;
    expect(await collector.cases.decided.sweep()).toBe(1);
    expect(await collector.cases.decided.sweep()).toBe(0);
    await collector.reported([report(one)]);
    const served = await collector.servedByCallers();
    expect(served).toMatchObject([{ arm: 'v2', armStatus: 'timeout', status: 504, report: 'missing' }]);
    expect(served[0]?.answeredBy).toBeUndefined();
    expect(await collector.reads.tallies('spam')).toMatchObject({
      decided: 1,
      reports: { given: 0, missing: 1, late: 1, duplicate: 0 },
    });
  });

  it('waits while what Kafka holds is not known to be applied', async () => {
    await collector.decided([decided({ dueAt: new Date(Date.now() - minuteMs).toISOString() })]);
    collector.appliedUpToMs = undefined;
    expect(await collector.cases.decided.sweep()).toBe(0);
    expect(await collector.servedByCallers()).toEqual([]);
  });
});

it('drops a report that no decision came for after a day, and counts it', async () => {
  await collector.reported([report(decided())]);
  collector.appliedUpToMs = Date.now() + 23 * 60 * minuteMs;
  expect(await collector.cases.decided.sweep()).toBe(0);
  collector.appliedUpToMs = Date.now() + 25 * 60 * minuteMs;
  expect(await collector.cases.decided.sweep()).toBe(1);
  expect(await collector.reads.tallies('spam')).toMatchObject({ decided: 0, reports: { orphan: 1 } });
});
