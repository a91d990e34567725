// Counting into windows, over a store in memory whose clock stands where it is put.
import { type OutgoingRecord } from '@weir/bus';
import { evidence, type Evidence } from '@weir/contracts';
import {
  countPrediction,
  countValue,
  openBook,
  packSums,
  packUnit,
  toldSums,
  unpackSums,
  unpackUnit,
} from '@weir/stats';
import { buildPredictionServed } from '@weir/testing';
import fc from 'fast-check';
import { CountEvidence, type CountingStore } from './count-evidence';
import { attemptId, attemptOf, decisionOf, exposureOf, servedOf, type RolloutDecision } from './domain/decision';
import { type RolloutClock, type WindowRow } from './ports';

/** One attempt's clock, units and rows survive between transactions as text, as in a database. */
class MemoryStore implements CountingStore {
  readonly sent: OutgoingRecord[] = [];
  atMs = 0;
  private readonly clocks = new Map<string, RolloutClock>();
  private readonly rows = new Map<string, string>();
  private readonly states = new Map<string, string>();

  lockRollouts(rollouts: Parameters<CountingStore['lockRollouts']>[0]): ReturnType<CountingStore['lockRollouts']> {
    return Promise.resolve(
      rollouts.map((one) => this.clocks.get(attemptId(one)) ?? { ...one, stages: {}, publishedAtMs: 0 }),
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
    for (const one of wanted) {
      const text = this.states.get(`${attemptId(one)} ${one.unit}`);
      const of = found.get(attemptId(one)) ?? [];
      if (text !== undefined) of.push([one.unit, unpackUnit(JSON.parse(text) as Parameters<typeof unpackUnit>[0])]);
      found.set(attemptId(one), of);
    }
    return Promise.resolve(found);
  }

  keepUnits(units: Parameters<CountingStore['keepUnits']>[0]): Promise<void> {
    for (const one of units) this.states.set(`${attemptId(one)} ${one.unit}`, JSON.stringify(packUnit(one.state)));
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
async function countInChunks(list: readonly Counted[], most: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  const counter = new CountEvidence(250);
  store.atMs = startMs;
  for (let at = 0; at < list.length;) {
    const chunk = [list[at] as Counted];
    store.atMs += chunk[0]?.afterMs ?? 0;
    while (chunk.length < most && list[at + chunk.length]?.afterMs === 0)
      chunk.push(list[at + chunk.length] as Counted);
    at += chunk.length;
    const books = await counter.open(store, chunk.map(decisionFor));
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
    countPrediction(book, exposureOf(decision, 0), servedOf(decision));
    if (one.value !== undefined)
      countValue(book, exposureOf(decision, 0), { metric: 'revenue', before: undefined, after: one.value });
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
      const counts = { n, newUnits, stepUnits, excluded, rows: window.rows, ...(decided && { decided }) };
      const sums = { sum, sumSquares, once, inPeriod, unitSums, ...counts };
      return [`${row.rollout}/${row.attempt} ${window.index} ${row.epoch} ${row.arm} ${row.metric}`, sums];
    }),
  );
}

it('gives every final row as a count of the raw records at the same instants does, to the last bit, in any batching', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 8 }), async (list, most) => {
      const store = await countInChunks([...list, ...closing], most);
      const found = byRow(store.finals());
      expect(found).toEqual(recount(list));
      // each row is final once
      expect(found.size).toBe(store.finals().length);
    }),
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
