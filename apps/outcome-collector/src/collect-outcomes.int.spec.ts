// Outcomes before, at once, late, twice, revised and for nothing, on a real Postgres.
import { uuidv7 } from 'uuidv7';
import { CollectorUnderTest, metrics, rollout, served } from './collector.fixture';

let collector: CollectorUnderTest;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
  await collector.follow();
});

afterEach(() => collector.close());

describe('joining', () => {
  it('joins an outcome with the prediction that was there before', async () => {
    const prediction = served({ arm: 'v2' });
    await collector.record([prediction]);
    await collector.report([{ predictionId: prediction.predictionId, metric: 'correct', value: 'spam' }]);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
    const [event] = await collector.joined();
    expect(event).toMatchObject({ arm: 'v2', rollout, metric: 'correct', value: 1, reported: 'spam', state: 'joined' });
  });

  it('keeps an outcome that comes before its prediction, with what repeats it, and joins them when it comes', async () => {
    const prediction = served();
    const one = { predictionId: prediction.predictionId, metric: 'liked', value: true };
    await collector.report([one]);
    await collector.report([one, { ...one, value: false }]);
    expect(await collector.states(prediction.predictionId)).toEqual(['pending', 'duplicate', 'rejected conflict']);
    await collector.record([prediction]);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined', 'duplicate', 'rejected conflict']);
    expect(await collector.joined()).toHaveLength(1);
    // all three belong to the model now
    const tallies = await collector.dataSource.query<object[]>("select * from tallies where model = '' and total <> 0");
    expect(tallies).toEqual([]);
  });

  it('files an outcome after its time as late, by its arrival and not by when it was read', async () => {
    const prediction = served({ servedAt: new Date(Date.now() - 60_000).toISOString() });
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked', value: true };
    await collector.consume([{ ...one, id: 'in-time' }], { atMs: Date.now() - 40_000 });
    await collector.consume([{ ...one, id: 'late' }], { atMs: Date.now() - 20_000 });
    expect(await collector.states(prediction.predictionId)).toEqual(['joined', 'late']);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'liked');
    expect(rows.reduce((sum, row) => sum + row.n, 0)).toBe(1);
    expect(rows.reduce((sum, row) => sum + row.excluded.late, 0)).toBe(1);
  });

  it('makes nobody late by what its call waited for the database', async () => {
    const prediction = served({ servedAt: new Date(Date.now() - 40_000).toISOString() });
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked', value: true };
    collector.slowByMs = 20_000; // within is 30 s: the call came at 20 s, the database at 40 s
    await collector.report([{ ...one, id: 'waited' }]);
    collector.slowByMs = 0;
    await collector.report([{ ...one, id: 'late' }]);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined', 'late']);
  });

  it('answers calls that come together each on its own, and one key once', async () => {
    const predictions = Array.from({ length: 60 }, () => served());
    await collector.record(predictions);
    const calls = predictions.flatMap(({ predictionId }, n) => {
      const one = { predictionId, metric: 'liked', value: true };
      return [collector.report([one, { broken: n }], `key-${n}`), collector.report([one, { broken: n }], `key-${n}`)];
    });
    const rejected = [expect.objectContaining({ index: 1 }) as unknown];
    const answered = { kind: 'answered', answer: { accepted: 1, rejected } };
    expect(await Promise.all(calls)).toEqual(calls.map(() => answered));
    expect((await collector.reads.tallies('spam')).outcomes).toMatchObject({ joined: 60, duplicate: 0, rejected: 60 });
  });

  it('finds a prediction whose id tells no day', async () => {
    const prediction = served({ predictionId: 'chosen-by-the-caller' });
    await collector.record([prediction]);
    await collector.report([{ predictionId: 'chosen-by-the-caller', metric: 'liked', value: 1 }]);
    expect(await collector.states('chosen-by-the-caller')).toEqual(['joined']);
  });

  it('makes an orphan of an outcome that waited longer than its metric allows, and a late one of that when its prediction comes', async () => {
    const prediction = served();
    await collector.consume([{ predictionId: prediction.predictionId, metric: 'liked', value: true }], {
      atMs: Date.now() - 31_000,
    });
    await collector.cases.expire.sweep();
    expect(await collector.states(prediction.predictionId)).toEqual(['pending']); // nothing is known to have been applied
    collector.appliedUpToMs = Date.now();
    await collector.cases.expire.sweep();
    expect(await collector.states(prediction.predictionId)).toEqual(['orphan']);
    await collector.record([prediction]);
    expect(await collector.states(prediction.predictionId)).toEqual(['late']);
    expect((await collector.reads.tallies('spam')).outcomes).toMatchObject({ late: 1, orphan: 0, pending: 0 });
  });

  it('matches an outcome and a prediction whose transactions did not see each other', async () => {
    const prediction = served();
    await collector.report([{ predictionId: prediction.predictionId, metric: 'liked', value: true }]);
    await collector.dataSource.query("update outcomes set model = 'hidden'"); // as if it were not committed yet
    await collector.record([prediction]);
    await collector.dataSource.query('update outcomes set model = null');
    expect(await collector.states(prediction.predictionId)).toEqual(['pending']);
    await collector.cases.expire.sweep();
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
    expect((await collector.evidence()).filter(({ metric }) => metric === 'liked').map(({ n }) => n)).toEqual([1]);
  });

  it('stores an outcome of an unknown metric, counts it as such, and makes no evidence of it', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const reported = await collector.report([{ predictionId: prediction.predictionId, metric: 'mood', value: 'fine' }]);
    expect(reported).toMatchObject({ answer: { accepted: 1, rejected: [] } });
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
    expect(await collector.reads.tallies('spam')).toMatchObject({ unknownMetric: 1, outcomes: { joined: 1 } });
    expect((await collector.evidence()).map(({ metric }) => metric)).not.toContain('mood');
  });

  it('announces what is outside any rollout without one, and makes no evidence of it', async () => {
    const prediction = served({ rollout: undefined, stage: undefined, step: undefined, reason: 'no-rollout' });
    await collector.record([prediction]);
    await collector.report([{ predictionId: prediction.predictionId, metric: 'clicked', value: true }]);
    expect(await collector.joined()).toMatchObject([{ metric: 'clicked', value: 1 }]);
    expect((await collector.joined())[0]?.rollout).toBeUndefined();
    expect(await collector.evidence()).toEqual([]);
  });
});

describe('repeats', () => {
  it('answers a conflict at once, with the index, and leaves what stands', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked', value: true };
    const reported = await collector.report([one, one, { ...one, value: false }]);
    expect(reported).toMatchObject({ answer: { accepted: 2, rejected: [{ index: 2, code: 'conflict' }] } });
    expect(await collector.states(prediction.predictionId)).toEqual(['joined', 'duplicate', 'rejected conflict']);
  });

  it('takes the old value back when a greater revision replaces it', async () => {
    const prediction = served({ unit: 'ada' });
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'correct' };
    await collector.report([{ ...one, value: 'spam' }]);
    const before = await collector.evidence();
    await collector.report([{ ...one, value: 'ham', revision: 1 }]);
    await collector.report([{ ...one, value: 'spam', revision: 1 }]);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'correct');
    expect(before.filter(({ metric }) => metric === 'correct').map(({ n, sum }) => ({ n, sum }))).toEqual([
      { n: 1, sum: 1 },
    ]);
    expect(rows.reduce((total, { n }) => total + n, 0)).toBe(1);
    expect(rows.reduce((total, { sum }) => total + sum, 0)).toBe(0);
    expect(rows.map(({ once }) => once.sum)).toContain(1); // a first stays what it was
    expect(rows.reduce((total, { unitSums }) => total + unitSums.y, 0)).toBeCloseTo(0, 9);
    expect(rows.reduce((total, { unitSums }) => total + unitSums.d, 0)).toBeCloseTo(0.1, 9);
    expect((await collector.joined()).map(({ value, revision }) => ({ value, revision }))).toEqual([
      { value: 1, revision: 0 },
      { value: 0, revision: 1 },
    ]);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined', 'joined', 'rejected conflict']);
  });

  it('replaces within one call, and counts only what stands', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked' };
    await collector.report([
      { ...one, value: true },
      { ...one, value: false, revision: 1 },
    ]);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'liked');
    expect(rows.map(({ n, sum }) => ({ n, sum }))).toEqual([{ n: 1, sum: 0 }]);
    expect((await collector.reads.outcomes(prediction.predictionId)).map(({ replaced }) => replaced)).toEqual([
      true,
      false,
    ]);
  });

  it('adds outcomes of different ids where the metric says sum', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'revenue' };
    await collector.report([
      { ...one, id: 'a', value: 3 },
      { ...one, id: 'b', value: 4 },
    ]);
    await collector.report([{ ...one, id: 'c', value: 5 }]);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'revenue');
    expect(rows.reduce((total, { n }) => total + n, 0)).toBe(1);
    expect(rows.reduce((total, { sum }) => total + sum, 0)).toBe(12);
    expect(rows.reduce((total, { sumSquares }) => total + sumSquares, 0)).toBe(144);
  });

  it('counts a repeated prediction once and as a duplicate', async () => {
    const prediction = served();
    await collector.record([prediction, { ...prediction, arm: 'v2' }]);
    await collector.record([prediction]);
    expect(await collector.reads.tallies('spam')).toMatchObject({ predictions: 1, duplicatePredictions: 2 });
    expect((await collector.reads.prediction(prediction.predictionId))?.arm).toBe('v1');
    expect((await collector.evidence()).filter(({ metric }) => metric === 'error-rate').map(({ n }) => n)).toEqual([1]);
  });

  it('drops records that were applied before, to the last one', async () => {
    const chunk = collector.chunk('weir.prediction-served.v1', 3, [served(), served()]);
    await collector.cases.predictions.record(chunk);
    await collector.cases.predictions.record(chunk);
    expect(await collector.reads.tallies('spam')).toMatchObject({ predictions: 2, duplicatePredictions: 0 });
  });
});

describe('refusals', () => {
  it('names the index and the field of each bad row and takes the others', async () => {
    const predictionId = uuidv7();
    const reported = await collector.report([
      { predictionId, metric: 'liked', value: true },
      { predictionId, metric: 'liked' },
      { predictionId, metric: 'liked', value: true, note: 'x' },
      'nonsense',
      { predictionId: 'a b', metric: 'liked', value: true },
      { predictionId, metric: 'liked', value: 'a\u0000b' },
    ]);
    expect(reported).toMatchObject({ answer: { accepted: 1 } });
    const { rejected } = (reported as { answer: { rejected: { index: number; message: string }[] } }).answer;
    expect(rejected.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    expect(rejected.map(({ message }) => message.split(':')[0])).toEqual([
      'value',
      'note',
      'outcome',
      'predictionId',
      'value',
    ]);
    expect((await collector.reads.tallies('spam')).outcomes).toMatchObject({ pending: 1, rejected: 5 });
  });

  it('rejects a value that the metric does not take, and lets a good one follow', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked' };
    const reported = await collector.report([
      { ...one, value: 2 },
      { ...one, value: 0.9 },
    ]);
    expect(reported).toMatchObject({ answer: { accepted: 1, rejected: [{ index: 0, code: 'invalid-value' }] } });
    expect(await collector.joined()).toMatchObject([{ value: 0.9 }]);
  });

  it('answers one key with one answer, and another body under it not at all', async () => {
    const prediction = served();
    await collector.record([prediction]);
    const one = { predictionId: prediction.predictionId, metric: 'liked', value: true };
    const [first, second] = await Promise.all([collector.report([one], 'key-1'), collector.report([one], 'key-1')]);
    expect(second).toEqual(first);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
    expect(await collector.report([{ ...one, value: false }], 'key-1')).toEqual({ kind: 'key-reused' });
  });

  it('waits for a policy that a record names and refuses the record when it does not come', async () => {
    const ahead = served({ policyRevision: 7 });
    await expect(collector.record([ahead])).rejects.toMatchObject({ code: 'dependency-down' });
    await collector.follow({ revision: 7 });
    await collector.record([ahead]);
    expect(await collector.reads.tallies('spam')).toMatchObject({ predictions: 1 });
  });

  it('refuses a prediction of a day that is gone or has not begun', async () => {
    const old = served({ servedAt: '2020-01-01T00:00:00.000Z' });
    await expect(collector.record([old])).rejects.toMatchObject({ refusals: [{ code: 'undatable' }] });
    const early = served({ servedAt: '2120-01-01T00:00:00.000Z' });
    await expect(collector.record([early])).rejects.toMatchObject({ refusals: [{ code: 'undatable' }] });
  });
});

describe('zero metrics', () => {
  it('count hits and misses alike when their time is over, and not before', async () => {
    const servedAt = new Date(Date.now() - 4_000).toISOString();
    const [hit, miss] = [served({ servedAt, arm: 'v2' }), served({ servedAt, arm: 'v2' })];
    await collector.record([hit, miss]);
    await collector.report([{ predictionId: hit.predictionId, metric: 'clicked', value: true }]);
    collector.appliedUpToMs = Date.parse(servedAt) + 4_999;
    await collector.cases.expire.sweep();
    expect(await collector.joined()).toEqual([]);
    collector.appliedUpToMs = Date.parse(servedAt) + 5_000;
    await collector.cases.expire.sweep();
    await collector.cases.expire.sweep();
    const events = await collector.joined();
    expect(events.map(({ predictionId, state, value }) => ({ predictionId, state, value }))).toEqual(
      expect.arrayContaining([
        { predictionId: hit.predictionId, state: 'joined', value: 1 },
        { predictionId: miss.predictionId, state: 'expired', value: 0 },
      ]),
    );
    expect(events).toHaveLength(2);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'clicked');
    expect(rows.map(({ n, sum }) => ({ n, sum }))).toEqual([{ n: 2, sum: 1 }]);
  });

  it('a hit that was in time but is filed after the count corrects it', async () => {
    const servedAt = new Date(Date.now() - 10_000).toISOString();
    const prediction = served({ servedAt });
    await collector.record([prediction]);
    collector.appliedUpToMs = Date.now();
    await collector.cases.expire.sweep();
    await collector.consume([{ predictionId: prediction.predictionId, metric: 'clicked', value: true }], {
      atMs: Date.parse(servedAt) + 1_000,
    });
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'clicked');
    expect(rows.reduce((total, { n }) => total + n, 0)).toBe(1);
    expect(rows.reduce((total, { sum }) => total + sum, 0)).toBe(1);
  });
});

describe('what is never evidence', () => {
  it.each([
    ['pinned', { pinned: true }],
    ['excluded', { excluded: true }],
    ['cancelled', { armStatus: 'cancelled' as const }],
  ])('a %s prediction is only counted as excluded, and its outcome teaches no bandit', async (reason, some) => {
    const prediction = served(some);
    await collector.record([prediction]);
    await collector.report([{ predictionId: prediction.predictionId, metric: 'liked', value: true }]);
    const rows = await collector.evidence();
    expect(rows.map(({ metric, n, excluded }) => ({ metric, n, [reason]: excluded[reason as 'pinned'] }))).toEqual(
      expect.arrayContaining([
        { metric: 'error-rate', n: 0, [reason]: 1 },
        { metric: 'liked', n: 0, [reason]: 1 },
      ]),
    );
    expect((await collector.joined())[0]).toMatchObject({ value: 1, state: 'joined' });
    expect((await collector.joined())[0]?.rollout).toBeUndefined();
  });

  it('a truth whose answer was not captured is counted as missing', async () => {
    const prediction = served({ capture: { response: { kind: 'size', size: 10 } } });
    await collector.record([prediction]);
    await collector.report([{ predictionId: prediction.predictionId, metric: 'correct', value: 'spam' }]);
    const rows = (await collector.evidence()).filter(({ metric }) => metric === 'correct');
    expect(rows.map(({ n, excluded }) => ({ n, missing: excluded.missing }))).toEqual([{ n: 0, missing: 1 }]);
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
  });
});

describe('time', () => {
  it('takes a last look for the prediction before an outcome becomes an orphan', async () => {
    const prediction = served();
    await collector.consume([{ predictionId: prediction.predictionId, metric: 'liked', value: true }], {
      atMs: Date.now() - 31_000,
    });
    await collector.dataSource.query("update outcomes set model = 'hidden', received_at = now() - interval '1 hour'");
    await collector.record([prediction]);
    await collector.dataSource.query('update outcomes set model = null');
    collector.appliedUpToMs = Date.now();
    await collector.cases.expire.sweep();
    expect(await collector.states(prediction.predictionId)).toEqual(['joined']);
    expect((await collector.reads.tallies('spam')).outcomes).toMatchObject({ joined: 1, pending: 0, orphan: 0 });
  });

  it('drops the days that are older than what is kept, and leaves the others', async () => {
    const [old, kept] = [served({ servedAt: daysAgo(29) }), served({ predictionId: 'undated', servedAt: daysAgo(3) })];
    await collector.record([{ ...old, predictionId: 'old' }, kept]);
    await collector.dataSource.query(
      `alter table predictions_${daysAgo(29).slice(0, 10).replaceAll('-', '')} rename to predictions_20200101`,
    );
    await collector.cases.days.drop();
    expect(await collector.reads.prediction('old')).toBeUndefined();
    expect(await collector.reads.prediction('undated')).toMatchObject({ predictionId: 'undated' });
    await collector.record([served()]);
    expect(await collector.reads.tallies('spam')).toMatchObject({ predictions: 3 });
  });

  it('counts an outcome under the arm, epoch and weights of its prediction, whatever is in force by then', async () => {
    const prediction = served({ arm: 'v2', epoch: 1, step: 0, weights: { v1: 9_500, v2: 500 } });
    await collector.record([prediction]);
    await collector.follow({ revision: 2, epoch: 5, slices: [] });
    await collector.report([{ predictionId: prediction.predictionId, metric: 'liked', value: true }]);
    const [row] = (await collector.evidence()).filter(({ metric }) => metric === 'liked');
    expect(row).toMatchObject({ arm: 'v2', epoch: 1, step: 0, weights: { v1: 9_500, v2: 500 }, n: 1 });
    expect(row?.unitSums.d).toBeCloseTo(0.95, 9);
  });
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

it('reads numeric outputs from the answers', async () => {
  await collector.record([served(), served()]);
  const rows = (await collector.evidence()).filter(({ metric }) => metric === 'score');
  expect(rows.map(({ n, sum }) => ({ n, sum }))).toEqual([{ n: 2, sum: 1 }]);
  expect(Object.keys(metrics)).toContain('score');
});
