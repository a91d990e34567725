// Counting into windows, over a store in memory whose clock stands where it is put.
import { type OutgoingRecord } from '@weir/bus';
import { evidence, type Evidence, type Metric } from '@weir/contracts';
import {
  countPrediction,
  countValue,
  openBook,
  packSums,
  packUnit,
  toFixed,
  toldSums,
  unpackSums,
  unpackUnit,
  type PackedUnit,
} from '@weir/stats';
import { buildPredictionServed } from '@weir/testing';
import fc from 'fast-check';
import { CountEvidence } from './count-evidence';
import { countValue as countChange } from './count-value';
import { attemptId, attemptOf, decisionOf, exposureOf, servedOf, type RolloutDecision } from './domain/decision';
import { metricsIn } from './domain/metrics';
import { type CountingStore } from './open-books';
import { type RolloutClock, type UnitHistory, type WindowRow } from './ports';
import { RememberBooks } from './remember-books';

const undeclared = metricsIn(new Map());

/** One attempt's clock, units and rows survive between transactions as text, as in a database. */
class MemoryStore implements CountingStore {
  readonly sent: OutgoingRecord[] = [];
  readonly past: UnitHistory[] = [];
  stages: RolloutClock['stages'] = {};
  atMs = 0;
  asked = 0;
  private readonly clocks = new Map<string, RolloutClock>();
  private readonly rows = new Map<string, string>();
  private readonly states = new Map<string, string>();

  lockRollouts(rollouts: Parameters<CountingStore['lockRollouts']>[0]): ReturnType<CountingStore['lockRollouts']> {
    return Promise.resolve(
      rollouts.map((one) => this.clocks.get(attemptId(one)) ?? { ...one, stages: this.stages, publishedAtMs: 0 }),
    );
  }

  lockUnpublished(): Promise<readonly RolloutClock[]> {
    return Promise.resolve([]);
  }

  nowMs(): Promise<number> {
    return Promise.resolve(this.atMs);
  }

  windowRows(rollouts: Parameters<CountingStore['windowRows']>[0]): ReturnType<CountingStore['windowRows']> {
    const rowsOf = (id: string) =>
      [...this.rows].flatMap(([key, text]) => {
        if (!key.startsWith(`${id} `)) return [];
        const row = JSON.parse(text) as WindowRow & { sums: Parameters<typeof unpackSums>[0] };
        return [{ ...row, sums: unpackSums(row.sums) }];
      });
    return Promise.resolve(new Map(rollouts.map((one) => [attemptId(one), rowsOf(attemptId(one))])));
  }

  units(wanted: Parameters<CountingStore['units']>[0]): ReturnType<CountingStore['units']> {
    const found = new Map<string, (readonly [string, ReturnType<typeof unpackUnit>])[]>();
    this.asked += wanted.length;
    for (const one of wanted) {
      const text = this.states.get(`${attemptId(one)} ${one.unit}`);
      const of = found.get(attemptId(one)) ?? [];
      if (text !== undefined) of.push([one.unit, unpackUnit(JSON.parse(text) as PackedUnit)]);
      found.set(attemptId(one), of);
    }
    return Promise.resolve(found);
  }

  keepUnits(...[attempt, units]: Parameters<CountingStore['keepUnits']>): Promise<void> {
    for (const one of units) this.states.set(`${attemptId(attempt)} ${one.unit}`, JSON.stringify(packUnit(one.state)));
    return Promise.resolve();
  }

  unitHistories(wanted: Parameters<CountingStore['unitHistories']>[0]): ReturnType<CountingStore['unitHistories']> {
    return Promise.resolve(this.past.filter(({ unit }) => wanted.some((one) => one.unit === unit)));
  }

  addUnitHistories(changes: readonly UnitHistory[]): Promise<void> {
    this.past.push(...changes);
    return Promise.resolve();
  }

  keepWindowRows(rows: Parameters<CountingStore['keepWindowRows']>[0]): Promise<void> {
    for (const row of rows)
      this.rows.set(
        `${attemptId(row)} ${JSON.stringify(row.key)}`,
        JSON.stringify({ ...row, sums: packSums(row.sums) }),
      );
    return Promise.resolve();
  }

  dropWindowRows(rollouts: Parameters<CountingStore['dropWindowRows']>[0]): Promise<void> {
    const ids = rollouts.map(attemptId);
    for (const key of [...this.rows.keys()]) if (ids.some((id) => key.startsWith(`${id} `))) this.rows.delete(key);
    return Promise.resolve();
  }

  keepClocks(clocks: readonly RolloutClock[]): Promise<void> {
    for (const clock of clocks) this.clocks.set(attemptId(clock), clock);
    return Promise.resolve();
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.sent.push(...records);
    return Promise.resolve();
  }

  keep(): readonly (readonly (readonly [string, unknown])[])[] {
    return [[...this.clocks], [...this.rows], [...this.states]];
  }

  restore([clocks = [], rows = [], states = []]: ReturnType<MemoryStore['keep']>): void {
    const put = (map: Map<string, unknown>, entries: readonly (readonly [string, unknown])[]) => {
      map.clear();
      for (const [key, value] of entries) map.set(key, value);
    };
    put(this.clocks, clocks);
    put(this.rows, rows);
    put(this.states, states);
  }

  /** What was said last, without how often it was said. */
  finals(): Omit<Evidence, 'sequence'>[] {
    const rows = this.sent.map(({ value }) => evidence.decode(value ?? ''));
    return rows.filter(({ final }) => final).map(({ sequence: _, ...row }) => row);
  }
}

interface Counted {
  readonly afterMs: number;
  readonly attempt: number;
  readonly unit: number;
  readonly weightBps: number;
  readonly failed: boolean;
  readonly value: number | undefined;
}

const records = fc.array(
  fc.record<Counted>({
    afterMs: fc.constantFrom(0, 0, 0, 40, 700, 2_500),
    attempt: fc.constantFrom(1, 1, 2),
    unit: fc.integer({ min: 0, max: 4 }),
    weightBps: fc.constantFrom(500, 1_000, 3_333),
    failed: fc.boolean(),
    value: fc.option(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 40 },
);

const startMs = 1_700_000_000_000;
/** After everything: closes the window before. */
const last: Counted = { afterMs: 60_000, attempt: 1, unit: 9, weightBps: 500, failed: false, value: undefined };
const closing = [last, { ...last, afterMs: 0, attempt: 2 }];

const built = new Map<string, RolloutDecision>();

function decisionFor({ attempt, unit, weightBps, failed }: Counted): RolloutDecision {
  const key = `${attempt} ${unit} ${weightBps} ${failed}`;
  const known = built.get(key);
  if (known) return known;
  const weights = { v1: 10_000 - weightBps, v2: weightBps };
  const armStatus = failed ? 'error' : 'ok';
  const decided = { weights, epoch: weightBps, arm: unit % 2 ? 'v1' : 'v2', unit: `unit-${unit}`, armStatus } as const;
  const event = buildPredictionServed({ rollout: 'r', attempt, ...decided });
  const decision = { ...decisionOf(event, {}), rollout: 'r' };
  built.set(key, decision);
  return decision;
}

/** Neighbours of one instant, in chunks of at most so many. */
async function countInChunks(
  list: readonly Counted[],
  most: number,
  { store = new MemoryStore(), mostUnits = 3, counters = 1 } = {},
): Promise<MemoryStore> {
  const all = Array.from({ length: counters }, () => new CountEvidence(250, new RememberBooks(mostUnits)));
  let turn = 0;
  store.atMs = startMs;
  for (let at = 0; at < list.length;) {
    const chunk = [list[at] as Counted];
    store.atMs += chunk[0]?.afterMs ?? 0;
    while (chunk.length < most && list[at + chunk.length]?.afterMs === 0)
      chunk.push(list[at + chunk.length] as Counted);
    at += chunk.length;
    const counter = all[(turn += 1) % counters] as CountEvidence;
    const books = await counter.open(store, chunk.map(decisionFor), undeclared);
    for (const one of chunk) {
      books.prediction(decisionFor(one));
      if (one.value !== undefined)
        books.value(decisionFor(one), { metric: 'revenue', before: undefined, after: one.value });
    }
    await books.close();
  }
  return store;
}

/** By definition: one book a window, the units of an attempt carried over. */
function recount(list: readonly Counted[]): Map<string, object> {
  const units = new Map([1, 2].map((attempt) => [attempt, openBook().units]));
  const books = new Map<string, ReturnType<typeof openBook>>();
  let atMs = startMs;
  for (const one of list) {
    atMs += one.afterMs;
    const decision = decisionFor(one);
    const id = `${attemptId(attemptOf(decision))} ${Math.floor(atMs / 1_000)}`;
    const book = books.get(id) ?? { ...openBook(), units: units.get(one.attempt) ?? openBook().units };
    books.set(id, book);
    countPrediction(book, exposureOf(decision, 0, null), servedOf(decision));
    if (one.value !== undefined)
      countValue(book, exposureOf(decision, 0, null), {
        ...{ metric: 'revenue', before: undefined, after: one.value },
        decidedSecond: servedOf(decision).decidedSecond,
      });
  }
  return new Map(
    [...books].flatMap(([id, book]) =>
      [...book.rows.values()].map(
        ({ key, sums }) =>
          [`${id} ${key.epoch} ${key.arm} ${key.metric}`, { ...toldSums(sums), rows: book.rows.size }] as const,
      ),
    ),
  );
}

function byRow(rows: readonly Omit<Evidence, 'sequence'>[]): Map<string, object> {
  return new Map(
    rows.map((row) => {
      const { n, sum, sumSquares, newUnits, decided, stepUnits, once, inPeriod, unitSums, excluded, window } = row;
      const { assigned, answered } = row;
      const way = { ...(decided && { decided }), ...(assigned && { assigned }), ...(answered && { answered }) };
      const counts = { n, newUnits, stepUnits, excluded, rows: window.rows, ...way };
      const sums = { sum, sumSquares, once, inPeriod, unitSums, ...counts };
      return [`${row.rollout}/${row.attempt} ${window.index} ${row.epoch} ${row.arm} ${row.metric}`, sums];
    }),
  );
}

it('gives every final row as a count of the raw records at the same instants does, to the last bit, in any batching', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 3 }),
      async (list, most, counters) => {
        const store = await countInChunks([...list, ...closing], most, { counters });
        const found = byRow(store.finals());
        expect(found).toEqual(recount(list));
        // each row is final once
        expect(found.size).toBe(store.finals().length);
      },
    ),
    { seed: 29, numRuns: 60 },
  );
});

it('closes the windows of an attempt in order, each before anything is said of the next', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (list) => {
      const store = await countInChunks([...list, ...closing], 3);
      const said = store.sent.map(({ value }) => evidence.decode(value ?? ''));
      for (const attempt of [1, 2]) {
        const rows = said.filter((row) => row.attempt === attempt);
        const indices = rows.map(({ window }) => window.index);
        expect(indices).toEqual([...indices].sort((a, b) => a - b));
        for (const index of new Set(indices)) {
          const first = rows.findIndex((row) => row.final && row.window.index === index);
          const afterwards = first < 0 ? [] : rows.slice(first).filter((row) => row.window.index === index);
          expect(afterwards.every(({ final }) => final)).toBe(true);
        }
      }
    }),
    { seed: 31, numRuns: 30 },
  );
});

it('knows nothing in a second attempt of what was first in the one before', async () => {
  const one = { ...last, afterMs: 0, failed: true };
  const store = await countInChunks([one, one, { ...one, attempt: 2 }, ...closing], 1);
  const errors = store.finals().filter(({ metric }) => metric === 'error-rate');
  expect(errors.map(({ attempt, newUnits, once }) => ({ attempt, newUnits, once }))).toEqual([
    { attempt: 1, newUnits: 1, once: { n: 1, sum: 1 } },
    { attempt: 2, newUnits: 1, once: { n: 1, sum: 1 } },
  ]);
});

it('asks for no unit twice while nobody else counts, and for every one again when somebody did', async () => {
  const lasting = Array.from({ length: 12 }, (_, index) => ({ ...last, afterMs: 0, unit: index % 3 }));
  const [alone, two] = [new MemoryStore(), new MemoryStore()];
  await countInChunks(lasting, 3, { store: alone, mostUnits: 100 });
  await countInChunks(lasting, 3, { store: two, mostUnits: 100, counters: 2 });
  expect(alone.asked).toBe(3);
  expect(two.asked).toBe(12);
});

it('takes nothing from a transaction that was not committed', async () => {
  const store = new MemoryStore();
  const counter = new CountEvidence(250, new RememberBooks());
  const decision = decisionFor({ ...last, unit: 0 });
  const count = async (commits: boolean) => {
    const books = await counter.open(store, [decision], undeclared);
    books.prediction(decision);
    const kept = store.keep();
    await books.close();
    if (!commits) store.restore(kept);
  };
  for (const commits of [true, false, true, false, false, true]) await count(commits);
  const books = await counter.open(store, [decision], undeclared);
  await books.close();
  const rows = await store.windowRows([{ rollout: 'r', attempt: 1 }]);
  const errors = (rows.get('r/1') ?? []).find(({ key }) => key.metric === 'error-rate');
  expect(errors?.sums.n).toBe(3);
});

it('knows a unit by what it was before the rollout, as a difference from a constant', async () => {
  const store = new MemoryStore();
  const history = (unit: string, n: number, total: number) => {
    return { ...{ model: 'spam', unit, metric: 'revenue', n }, sum: toFixed(total) };
  };
  store.past.push(history('unit-0', 4, 8), history('unit-1', 1, 6));
  const of = (unit: number, value: number) => ({ ...last, afterMs: 0, unit, weightBps: 5_000, value });
  await countInChunks([of(0, 1), of(1, 2), of(2, 3), { ...last, afterMs: 2_000 }], 3, { store });
  const rows = store.finals().filter(({ metric }) => metric === 'revenue');
  const units = rows.reduce((sum, { unitSums }) => sum + unitSums.n, 0);
  const covered = rows.reduce((sum, { unitSums }) => sum + (unitSums.covered ?? 0), 0);
  expect({ units, covered }).toEqual({ units: 3, covered: 2 });
  // pasts 2 and 6, the middle 4, h = 1/2
  expect(rows.map(({ arm, unitSums: { x, xx, xy } }) => ({ arm, x, xx, xy }))).toEqual(
    expect.arrayContaining([
      { arm: 'v2', x: -1, xx: 1, xy: -0.5 },
      { arm: 'v1', x: 1, xx: 1, xy: 1 },
    ]),
  );
});

describe('segments', () => {
  const inRegion = (unit: string | undefined, region: string): RolloutDecision => {
    const event = buildPredictionServed({
      rollout: 'r',
      unit,
      attributes: { region },
      predictionId: `${unit}-${region}`,
    });
    return { ...decisionOf(event, {}), rollout: 'r' };
  };
  const count = async (decisions: readonly RolloutDecision[], segments?: string[]) => {
    const store = new MemoryStore();
    store.stages = { 0: { windowMs: 1_000, periodBase: 0, periodStartedAt: '2026-01-01T00:00:00.000Z', segments } };
    const counter = new CountEvidence(250, new RememberBooks());
    for (const decision of decisions) {
      const books = await counter.open(store, [decision], undeclared);
      books.prediction(decision);
      await books.close();
    }
    const rows = (await store.windowRows([{ rollout: 'r', attempt: 1 }])).get('r/1') ?? [];
    const errors = rows.filter(({ key }) => key.metric === 'error-rate');
    return new Map(errors.map(({ key, sums }) => [key.segment, sums.unitSums.n]));
  };

  it('are those of the attributes that the stage names', async () => {
    const decisions = [inRegion('ada', 'eu'), inRegion('bob', 'us'), inRegion('cy', 'eu')];
    expect(await count(decisions)).toEqual(new Map([[null, 3]]));
    expect(await count(decisions, ['region', 'plan'])).toEqual(
      new Map([
        ['region=eu,plan=', 2],
        ['region=us,plan=', 1],
      ]),
    );
  });

  it('keep a unit in the segment of its first prediction, so that rows add up', async () => {
    const decisions = [inRegion('ada', 'eu'), inRegion('ada', 'us'), inRegion('ada', 'us')];
    expect(await count(decisions, ['region'])).toEqual(new Map([['region=eu', 1]]));
  });

  it('are 50 at most, whatever callers send', async () => {
    const decisions = Array.from({ length: 60 }, (_, index) => inRegion(`unit-${index}`, `r${index}`));
    const found = await count(decisions, ['region']);
    expect(found.size).toBe(51);
    expect(found.get('*')).toBe(10);
  });
});

describe('a fallback', () => {
  const shared = { per: 'prediction', withinMs: 60_000, missing: 'ignore', combine: 'last' } as const;
  const declared: Record<string, Metric> = {
    liked: { type: 'binary', direction: 'up', ...shared },
    returned: { type: 'binary', direction: 'down', ...shared },
    revenue: { type: 'numeric', direction: 'up', ...shared },
  };
  const metrics = metricsIn(new Map([['spam', { metrics: declared }]]));

  /** What one outcome of each metric comes to, and then its revision. */
  const count = async (isBandit: boolean) => {
    const store = new MemoryStore();
    store.stages = { 0: { windowMs: 1_000, periodBase: 0, periodStartedAt: '2026-01-01T00:00:00.000Z', isBandit } };
    const event = buildPredictionServed({ rollout: 'r', arm: 'v2', answeredBy: 'v1', fallback: true });
    const decision = { ...decisionOf(event, {}), rollout: 'r' };
    const books = await new CountEvidence(250, new RememberBooks()).open(store, [decision], metrics);
    const values = Object.entries({ liked: 1, returned: 0, revenue: 30 });
    for (const [metric, value] of values) {
      countChange(books, metrics, decision, { metric, before: undefined, after: value });
      countChange(books, metrics, decision, { metric, before: value, after: value / 2 });
    }
    await books.close();
    const rows = (await store.windowRows([{ rollout: 'r', attempt: 1 }])).get('r/1') ?? [];
    const of = new Map(rows.map(({ key, sums }) => [key.metric, toldSums(sums)]));
    return Object.keys(declared).map((metric) => [metric, of.get(metric)?.n, of.get(metric)?.sum]);
  };

  it('is counted in a bandit as its assigned arm’s failure, the worst of a rate and no number', async () => {
    expect(await count(true)).toEqual([
      ['liked', 1, 0],
      ['returned', 1, 1],
      ['revenue', 0, 0],
    ]);
  });

  it('is counted in any other stage as its caller had it', async () => {
    expect(await count(false)).toEqual([
      ['liked', 1, 0.5],
      ['returned', 1, 0],
      ['revenue', 1, 15],
    ]);
  });
});
