// The same figures, to the last bit, from the incremental count and from a count of the raw records, whatever the batches, the order of arrival and the number of collectors.
import { type Evidence, type OutcomeReported, type PredictionServed } from '@weir/contracts';
import { fromFixed, multiplyFixed, overlapWeight, toFixed, type Fixed } from '@weir/stats';
import fc from 'fast-check';
import { CollectorUnderTest, metrics, rollout, served } from './collector.fixture';

const seed = 20261123;

/** Longer than a slow machine takes; what is late here is ten minutes late. */
const withinMs = 120_000;
const patient = Object.fromEntries(
  Object.entries(metrics).map(([name, metric]) => [name, 'withinMs' in metric ? { ...metric, withinMs } : metric]),
);

const ratios = { spent: { numerator: 'revenue', denominator: 'clicked', direction: 'up' } } as const;

/** Everything has been read, and the time of every prediction is over: what was not clicked is a miss. */
async function mature(collector: CollectorUnderTest, atMs = Date.now() + 2 * withinMs): Promise<void> {
  collector.appliedUpToMs = atMs;
  await collector.cases.expire.sweep();
}

interface Raw {
  readonly events: readonly PredictionServed[];
  readonly outcomes: readonly OutcomeReported[];
}

/** A value of a prediction for a metric, as it counts in the end. */
interface Valued {
  readonly event: PredictionServed;
  readonly metric: string;
  readonly value: number;
}

type Totals = Record<string, Record<string, number>>;

/** The weights in force: they change in the middle of step 0, between the steps, and in the second attempt. */
const decidedUnder: readonly Partial<PredictionServed>[] = [
  { step: 0, epoch: 1, weights: { v1: 9_500, v2: 500 } },
  { step: 0, epoch: 2, weights: { v1: 9_000, v2: 1_000 } },
  { step: 1, epoch: 3, weights: { v1: 6_667, v2: 3_333 } },
  { step: 0, epoch: 5, weights: { v1: 9_500, v2: 500 }, attempt: 2 },
];

/** Units return, in a second arm after weights moved; outcomes come twice, revised, late, and for what is no evidence. */
function scenario(count: number, random: () => number): Raw {
  const events: PredictionServed[] = [];
  const outcomes: OutcomeReported[] = [];
  for (let index = 0; index < count; index += 1) {
    const user = Math.floor(random() * 12);
    const under = decidedUnder[Math.floor(random() * decidedUnder.length)] ?? {};
    const event = served({
      ...under,
      arm: (user + (under.epoch ?? 0)) % 3 === 0 ? 'v2' : 'v1',
      unit: random() < 0.2 ? undefined : `user-${user}`,
      armStatus: random() < 0.1 ? 'error' : 'ok',
      armLatencyMs: Math.round(random() * 1e5) / 1e3,
      ...(random() < 0.05 && { excluded: true }),
      // whatever comes for this is late
      ...(random() < 0.1 && { servedAt: new Date(Date.now() - 600_000).toISOString() }),
    });
    events.push(event, ...(random() < 0.1 ? [event] : []));
    outcomes.push(...outcomesOf(event, random));
  }
  return { events, outcomes };
}

function outcomesOf(event: PredictionServed, random: () => number): OutcomeReported[] {
  const { predictionId } = event;
  const of: OutcomeReported[] = [];
  const liked = { predictionId, metric: 'liked', value: random() };
  if (random() < 0.7) of.push({ predictionId, metric: 'correct', value: random() < 0.8 ? 'spam' : 'ham' });
  if (random() < 0.5) of.push(liked);
  const clicked = { predictionId, metric: 'clicked', value: random() < 0.7 };
  if (random() < 0.4) of.push(clicked);
  if (random() < 0.2 && event.excluded !== true && !isOld(event))
    of.push(clicked, { ...clicked, value: !clicked.value, revision: 2 });
  // what is never evidence is counted by what came of it, which is not the same in any order
  if (random() < 0.2 && event.excluded !== true && !isOld(event))
    of.push(liked, { ...liked, value: random(), revision: 2 });
  for (let item = 0; random() < 0.4; item += 1)
    of.push({ predictionId, metric: 'revenue', id: `order-${item}`, value: random() * 100 });
  return random() < 0.1 ? [...of, ...of] : of;
}

/** By definition: every record once, the greatest revision of every outcome, no windows, no order. */
function recount({ events, outcomes }: Raw): Totals {
  const totals: Totals = {};
  const add = (key: string, field: string, by: number) => {
    const row = (totals[key] ??= {});
    row[field] = fromFixed(toFixed(row[field] ?? 0) + toFixed(by));
  };
  const byId = new Map(events.map((event) => [event.predictionId, event]));
  const values = [...byId.values()].flatMap(servedValues);
  for (const event of byId.values()) if (event.excluded) add(keyOf(event, 'error-rate'), 'excluded', 1);
  const clicked = new Set<string>();
  for (const [event, metric, reported] of standing(byId, outcomes)) {
    if (metric === 'clicked' && !isOld(event)) clicked.add(event.predictionId);
    if (event.excluded) add(keyOf(event, metric), 'excluded', reported.length);
    else if (isOld(event)) add(keyOf(event, metric), 'late', reported.length);
    else values.push({ event, metric, value: valueOf(metric, reported) });
  }
  // a zero metric counts for every prediction: what never came, or came too late, is a miss
  for (const event of byId.values())
    if (!event.excluded && !clicked.has(event.predictionId)) values.push({ event, metric: 'clicked', value: 0 });
  for (const { event, metric, value } of values) {
    add(keyOf(event, metric), 'n', 1);
    add(keyOf(event, metric), 'sum', value);
    add(keyOf(event, metric), 'sumSquares', fromFixed(multiplyFixed(toFixed(value), toFixed(value))));
  }
  addUnits(values, add);
  addRatio(values, add);
  return totals;
}

/** Of records with a unit: the numerator's values in Y, the denominator's in D. */
function addRatio(values: readonly Valued[], add: (key: string, field: string, by: number) => void): void {
  const units = new Map<string, { key: string; y: Fixed; d: Fixed }>();
  for (const { event, metric, value } of values.filter((one) => one.event.unit !== undefined)) {
    if (metric !== 'revenue' && metric !== 'clicked') continue;
    const key = `${event.attempt ?? 1} ${event.arm} spent`;
    const { y, d } = units.get(`${key} ${event.unit}`) ?? { y: 0n, d: 0n };
    const weighed = multiplyFixed(toFixed(overlapWeight(event.weights, event.arm)), toFixed(value));
    const [dy, dd] = metric === 'revenue' ? [weighed, 0n] : [0n, weighed];
    units.set(`${key} ${event.unit}`, { key, y: y + dy, d: d + dd });
    if (metric === 'clicked') add(keyOf(event, 'spent'), 'n', 1);
    else {
      add(keyOf(event, 'spent'), 'sum', value);
      add(keyOf(event, 'spent'), 'sumSquares', fromFixed(multiplyFixed(toFixed(value), toFixed(value))));
    }
  }
  addTotals(units.values(), add);
}

function servedValues(event: PredictionServed): Valued[] {
  if (event.excluded) return [];
  const failed = event.armStatus !== 'ok';
  return [
    { event, metric: 'error-rate', value: Number(failed) },
    { event, metric: 'client-error-rate', value: 0 },
    ...(failed ? [] : [{ event, metric: 'latency', value: event.armLatencyMs }]),
  ];
}

/** What counts of each prediction and metric: its outcomes, each by its greatest revision. */
function standing(
  byId: ReadonlyMap<string, PredictionServed>,
  outcomes: readonly OutcomeReported[],
): [PredictionServed, string, OutcomeReported['value'][]][] {
  const best = new Map<string, OutcomeReported>();
  for (const one of outcomes) {
    const key = `${one.predictionId} ${one.metric} ${one.id ?? ''}`;
    if ((one.revision ?? 0) >= (best.get(key)?.revision ?? 0)) best.set(key, one);
  }
  const groups = new Map<string, [PredictionServed, string, OutcomeReported['value'][]]>();
  for (const one of best.values()) {
    const event = byId.get(one.predictionId);
    const key = `${one.predictionId} ${one.metric}`;
    const group = groups.get(key);
    if (group) group[2].push(one.value);
    else if (event) groups.set(key, [event, one.metric, [one.value]]);
  }
  return [...groups.values()];
}

function valueOf(metric: string, reported: readonly OutcomeReported['value'][]): number {
  if (metric === 'correct') return Number(reported[0] === 'spam');
  return reported
    .map(Number)
    .sort((a, b) => a - b)
    .reduce((sum, value) => sum + value, 0);
}

function isOld(event: PredictionServed): boolean {
  return Date.parse(event.servedAt) < Date.now() - 300_000;
}

/** Y = sum h y and D = sum h of each unit, over all of an attempt, with the weights of each record. */
function addUnits(values: readonly Valued[], add: (key: string, field: string, by: number) => void): void {
  const units = new Map<string, { key: string; y: Fixed; d: Fixed }>();
  for (const { event, metric, value } of values) {
    const key = `${event.attempt ?? 1} ${event.arm} ${metric}`;
    const id = `${key} ${event.unit ?? event.predictionId}`;
    const unit = units.get(id) ?? { key, y: 0n, d: 0n };
    const h = toFixed(overlapWeight(event.weights, event.arm));
    units.set(id, { key, y: unit.y + multiplyFixed(h, toFixed(value)), d: unit.d + h });
  }
  addTotals(units.values(), add);
}

function addTotals(
  units: Iterable<{ key: string; y: Fixed; d: Fixed }>,
  add: (key: string, field: string, by: number) => void,
): void {
  for (const { key, y, d } of units)
    for (const [field, amount] of Object.entries({
      y,
      d,
      yy: multiplyFixed(y, y),
      yd: multiplyFixed(y, d),
      dd: multiplyFixed(d, d),
      units: toFixed(1),
    }))
      add(key, field, fromFixed(amount));
}

function keyOf(
  event: Pick<PredictionServed, 'attempt' | 'stage' | 'step' | 'epoch' | 'weights' | 'arm'>,
  metric: string,
): string {
  const { attempt = 1, stage, step, epoch, weights, arm } = event;
  return `${attempt} ${stage} ${step} ${epoch} ${weights['v1']}/${weights['v2']} ${arm} ${metric}`;
}

/** The rows of evidence, added up. */
function published(rows: readonly Evidence[]): Totals {
  const totals: Totals = {};
  const add = (key: string, field: string, by: number) => {
    if (by === 0 && totals[key]?.[field] === undefined) return;
    const row = (totals[key] ??= {});
    row[field] = fromFixed(toFixed(row[field] ?? 0) + toFixed(by));
  };
  for (const row of rows.filter((one) => one.metric !== 'score')) {
    const { n, sum, sumSquares, excluded } = row;
    for (const [field, by] of Object.entries({ n, sum, sumSquares, excluded: excluded.excluded, late: excluded.late }))
      add(keyOf(row, row.metric), field, by);
    const { n: units, y, d, yy, yd, dd } = row.unitSums;
    for (const [field, by] of Object.entries({ units, y, d, yy, yd, dd }))
      add(`${row.attempt} ${row.arm} ${row.metric}`, field, by);
  }
  return totals;
}

/** What is 0 because nothing was added, and what is 0 because nothing came, is the same. */
function withoutZeros(totals: Totals): Totals {
  const rows = Object.entries(totals).map(([key, row]) => {
    return [key, Object.fromEntries(Object.entries(row).filter(([, value]) => value !== 0))] as const;
  });
  return Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0));
}

function compare(rows: readonly Evidence[], raw: Raw): void {
  expect(withoutZeros(published(rows))).toEqual(withoutZeros(recount(raw)));
  const units = new Set(
    raw.events
      .filter(({ excluded }) => !excluded)
      .map(({ attempt = 1, unit, predictionId }) => `${attempt} ${unit ?? predictionId}`),
  );
  expect(rows.reduce((sum, { newUnits }) => sum + newUnits, 0)).toBe(units.size);
  // every final row of a window says how many there are
  const windows = new Map<string, Evidence[]>();
  for (const row of rows) {
    const key = `${row.attempt} ${row.window.index}`;
    windows.set(key, [...(windows.get(key) ?? []), row]);
  }
  for (const window of windows.values())
    expect(window.map((row) => ({ final: row.final, rows: row.window.rows }))).toEqual(
      window.map(() => ({ final: true, rows: window.length })),
    );
}

it(`publishes what a recount of the raw records gives, in any batching, order and repetition (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 2 }), fc.integer({ min: 1, max: 40 }), runOnce),
    { seed, numRuns: 8 },
  );
});

async function runOnce(start: number, size: number): Promise<void> {
  const random = lehmer(start);
  const raw = scenario(100, random);
  const collector = await CollectorUnderTest.open();
  try {
    await collector.follow({ metrics: patient, ratios });
    const [left, right] = [shuffled(raw.events, random), shuffled(raw.outcomes, random)];
    while (left.length + right.length > 0) {
      if (random() < 0.5 && left.length > 0) await collector.record(left.splice(0, size), 0, { again: random() < 0.2 });
      else if (random() < 0.5) await collector.consume(right.splice(0, size), { again: random() < 0.2 });
      else if (right.length > 0) await collector.report(right.splice(0, size));
      if (random() < 0.1) await mature(collector, Date.now()); // of what is old the time is over already
    }
    await mature(collector);
    compare(await collector.evidence(), raw);
  } finally {
    await collector.close();
  }
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
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
    await collector.follow({ metrics: patient, ratios });
    const raw = scenario(400, lehmer(seed));
    const { events, outcomes } = raw;
    const half = Math.floor(events.length / 2);
    const share = (part: number) => outcomes.filter((_, index) => index % 3 === part);
    await Promise.all([
      inChunks(events.slice(0, half), 20, (chunk) => collector.record(chunk, 0)),
      inChunks(events.slice(half), 20, (chunk) => other.record(chunk, 1)),
      inChunks(share(0), 7, (chunk) => collector.consume(chunk, { partition: 0 })),
      inChunks(share(1), 7, (chunk) => other.consume(chunk, { partition: 1 })),
      inChunks(share(2), 7, (chunk) => other.report(chunk)),
      inChunks([...outcomes].reverse(), 11, (chunk) => collector.report(chunk)), // everything once more, the other way round
    ]);
    await mature(collector);
    compare(await collector.evidence(), raw);
    const tallies = await collector.reads.tallies('spam');
    expect(tallies.predictions).toBe(new Set(events.map(({ predictionId }) => predictionId)).size);
    expect(tallies.predictions + tallies.duplicatePredictions).toBe(events.length);
    expect(Object.values(tallies.outcomes).reduce((sum, count) => sum + count, 0)).toBe(2 * outcomes.length);
    // a revision that waited beside what it revises is announced alone
    const inTime = new Set(events.filter((event) => !isOld(event)).map(({ predictionId }) => predictionId));
    const announced = (await collector.joined()).filter(({ state }) => state === 'joined');
    expect(announced.length).toBeLessThanOrEqual(tallies.outcomes.joined);
    expect(identities(announced)).toEqual(identities(outcomes.filter(({ predictionId }) => inTime.has(predictionId))));
    expect((await collector.evidence()).every((row) => row.rollout === rollout)).toBe(true);
  } finally {
    await other.close();
    await collector.close();
  }
});

it('gives the same figures with the cache flushed as with it', async () => {
  const collector = await CollectorUnderTest.open();
  try {
    await collector.follow({ metrics: patient, ratios });
    const events = Array.from({ length: 20 }, () => served());
    await collector.record(events);
    const outcomes = events.map(({ predictionId }) => ({ predictionId, metric: 'correct', value: 'spam' }));
    await collector.consume(outcomes.slice(0, 10));
    expect(collector.cache.hits).toBe(10);
    collector.cache.flush();
    await collector.consume(outcomes.slice(10));
    expect(collector.cache.hits).toBe(10);
    await mature(collector);
    compare(await collector.evidence(), { events, outcomes });
    expect((await collector.reads.tallies('spam')).outcomes.joined).toBe(20);
  } finally {
    await collector.close();
  }
});

function identities(list: readonly Pick<OutcomeReported, 'predictionId' | 'metric' | 'id'>[]): Set<string> {
  return new Set(list.map(({ predictionId, metric, id = '' }) => `${predictionId} ${metric} ${id}`));
}

async function inChunks<T>(list: readonly T[], size: number, each: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < list.length; at += size) await each(list.slice(at, at + size));
}
