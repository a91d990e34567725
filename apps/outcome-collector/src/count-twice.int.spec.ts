// The same figures from the incremental count and from a count of the raw records, whatever the batches, the order of arrival and the number of collectors.
import { type Evidence, type OutcomeReported, type PredictionServed } from '@weir/contracts';
import { addSums, countPrediction, countValue, openBook, type Sums } from '@weir/stats';
import fc from 'fast-check';
import { CollectorUnderTest, rollout, served } from './collector.fixture';

const seed = 20261123;

/** What the events say, counted in one go: totals that do not depend on who was first. */
function recount(
  events: readonly PredictionServed[],
  outcomes: readonly OutcomeReported[],
): Map<string, Partial<Sums>> {
  const book = openBook();
  const byId = new Map(events.map((event) => [event.predictionId, event]));
  const exposure = (event: PredictionServed) => {
    const { stage = 0, step = 0, epoch, weights, arm, unit } = event;
    return { stage, step, epoch, weights, arm, unit, segment: null, period: 0 };
  };
  for (const event of byId.values())
    countPrediction(book, exposure(event), {
      failed: event.armStatus !== 'ok',
      clientError: false,
      latencyMs: event.armLatencyMs,
    });
  const seen = new Set<string>();
  for (const { predictionId, metric, value } of outcomes) {
    const event = byId.get(predictionId);
    if (!event || seen.has(predictionId)) continue;
    seen.add(predictionId);
    countValue(book, exposure(event), { metric, before: undefined, after: value === 'spam' ? 1 : 0 });
  }
  return new Map([...book.rows.values()].map(({ key, sums }) => [`${key.arm} ${key.metric}`, sums]));
}

function published(rows: readonly Evidence[]): Map<string, Sums> {
  const totals = new Map<string, Sums>();
  for (const row of rows.filter((one) => one.metric !== 'score')) {
    const key = `${row.arm} ${row.metric}`;
    const known = totals.get(key);
    totals.set(key, known ? addSums(known, row) : row);
  }
  return totals;
}

function compare(
  rows: readonly Evidence[],
  events: readonly PredictionServed[],
  outcomes: readonly OutcomeReported[],
): void {
  const expected = recount(events, outcomes);
  const found = published(rows);
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, sums] of expected) {
    const { n, sum, sumSquares, newUnits, once, unitSums } = found.get(key) as Sums;
    const whole = key.endsWith('latency') ? {} : { sum, once };
    const wholeExpected = key.endsWith('latency') ? {} : { sum: sums.sum, once: sums.once };
    expect({ key, n, newUnits, ...whole }).toEqual({ key, n: sums.n, newUnits: sums.newUnits, ...wholeExpected });
    expect(sumSquares).toBeCloseTo(sums.sumSquares ?? NaN, 6);
    for (const field of ['n', 'y', 'd', 'yy', 'yd', 'dd'] as const)
      expect(unitSums[field]).toBeCloseTo(sums.unitSums?.[field] ?? NaN, 6);
  }
}

/** A run of predictions from few units, each unit in one arm and with one fate, so that firsts do not depend on the order. */
function scenario(count: number, random: () => number): { events: PredictionServed[]; outcomes: OutcomeReported[] } {
  const events: PredictionServed[] = [];
  const outcomes: OutcomeReported[] = [];
  for (let index = 0; index < count; index += 1) {
    const user = Math.floor(random() * 12);
    const arm = user % 3 === 0 ? 'v2' : 'v1';
    const unit = random() < 0.2 ? undefined : `user-${user}`;
    const event = served({ arm, unit, armStatus: user === 4 ? 'error' : 'ok', armLatencyMs: 5 + user });
    events.push(event);
    if (random() < 0.1) events.push(event);
    if (random() < 0.7)
      outcomes.push({ predictionId: event.predictionId, metric: 'correct', value: user % 2 ? 'spam' : 'ham' });
    if (random() < 0.1) outcomes.push(...outcomes.slice(-1));
  }
  return { events, outcomes };
}

it(`publishes what a recount of the raw records gives, in any batching and interleaving (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 2 }), fc.integer({ min: 1, max: 40 }), runOnce),
    { seed, numRuns: 6 },
  );
});

async function runOnce(start: number, size: number): Promise<void> {
  const random = lehmer(start);
  const { events, outcomes } = scenario(60, random);
  const collector = await CollectorUnderTest.open();
  try {
    await collector.follow();
    const [left, right] = [[...events], [...outcomes]];
    while (left.length + right.length > 0) {
      if (random() < 0.5 && left.length > 0) await collector.record(left.splice(0, size));
      else if (random() < 0.5) await collector.consume(right.splice(0, size));
      else if (right.length > 0) await collector.report(right.splice(0, size));
    }
    compare(await collector.evidence(), events, outcomes);
  } finally {
    await collector.close();
  }
}

/** Numbers in (0,1) that are the same for the same start. */
function lehmer(start: number): () => number {
  let state = start;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

it('counts once with two collectors at the same rollout at the same time, over HTTP and Kafka', async () => {
  const collector = await CollectorUnderTest.open();
  const other = await collector.beside();
  try {
    await collector.follow();
    const { events, outcomes } = scenario(400, lehmer(seed));
    const half = events.length / 2;
    const share = (list: OutcomeReported[], part: number) => list.filter((_, index) => index % 3 === part);
    await Promise.all([
      inChunks(events.slice(0, half), 20, (chunk) => collector.record(chunk, 0)),
      inChunks(events.slice(half), 20, (chunk) => other.record(chunk, 1)),
      inChunks(share(outcomes, 0), 7, (chunk) => collector.consume(chunk, { partition: 0 })),
      inChunks(share(outcomes, 1), 7, (chunk) => other.consume(chunk, { partition: 1 })),
      inChunks(share(outcomes, 2), 7, (chunk) => other.report(chunk)),
      inChunks([...outcomes].reverse(), 11, (chunk) => collector.report(chunk)), // everything once more, the other way round
    ]);
    await collector.cases.expire.sweep();
    compare(await collector.evidence(), events, outcomes);
    const tallies = await collector.reads.tallies('spam');
    expect(tallies.predictions).toBe(new Set(events.map(({ predictionId }) => predictionId)).size);
    expect(tallies.predictions + tallies.duplicatePredictions).toBe(events.length);
    expect(Object.values(tallies.outcomes).reduce((sum, count) => sum + count, 0)).toBe(2 * outcomes.length);
    expect(tallies.outcomes.joined).toBe(new Set(outcomes.map(({ predictionId }) => predictionId)).size);
    expect((await collector.joined()).length).toBe(tallies.outcomes.joined);
    expect((await collector.evidence()).every((row) => row.rollout === rollout)).toBe(true);
  } finally {
    await other.close();
    await collector.close();
  }
});

it('gives the same figures with the cache flushed as with it', async () => {
  const collector = await CollectorUnderTest.open();
  try {
    await collector.follow();
    const events = Array.from({ length: 20 }, () => served());
    await collector.record(events);
    const outcomes = events.map(({ predictionId }) => ({ predictionId, metric: 'correct', value: 'spam' }));
    await collector.consume(outcomes.slice(0, 10));
    expect(collector.cache.hits).toBe(10);
    collector.cache.flush();
    await collector.consume(outcomes.slice(10));
    expect(collector.cache.hits).toBe(10);
    compare(await collector.evidence(), events, outcomes);
    expect((await collector.reads.tallies('spam')).outcomes.joined).toBe(20);
  } finally {
    await collector.close();
  }
});

async function inChunks<T>(list: readonly T[], size: number, each: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < list.length; at += size) await each(list.slice(at, at + size));
}
