// A rollout of very many units, on a real Postgres: what is in memory stays bounded, what is on the disk is said, and the sums are exact.
import { OutboxRelay, type OutgoingRecord } from '@weir/bus';
import { evidence, type Evidence, type OutcomeReported, type PredictionServed } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CollectorUnderTest, metrics, served } from './collector.fixture';

const units = Number(process.env['WEIR_UNITS'] ?? 200_000);
/** Of each unit's row, made by the database when all units have been new: a table of many more units, in the time of these. */
const copies = Number(process.env['WEIR_UNITS_COPIES'] ?? 0);
const all = units * (1 + copies);
const again = Math.min(units, 250_000);
const seed = 20_261_123;
const chunk = 500;
/** What the rest of a process may gain while the units go from a quarter to all of them. */
const mostGrowthBytes = 48 * 1024 ** 2;

const lasting = Object.fromEntries(
  Object.entries(metrics)
    .filter(([name]) => name === 'liked' || name === 'revenue')
    .map(([name, metric]) => [name, { ...metric, withinMs: 3_600_000 }]),
) as typeof metrics;

/** The same numbers for the same seed, in [0, 1). */
function seeded(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Both arms have half: h is 1/2, and with values of quarters every sum is a number that a double holds. */
const weights = { v1: 5_000, v2: 5_000 };
const h = 0.5;
const counted = ['error-rate', 'client-error-rate', 'latency', 'liked', 'revenue'] as const;
type Counted = (typeof counted)[number];
type Sums = Record<'n' | 'y' | 'd' | 'yy' | 'yd' | 'dd', number>;

/** What was sent, by metric and unit. */
class Book {
  private readonly n = new Map(counted.map((metric) => [metric, new Uint16Array(all)]));
  private readonly y = new Map(counted.map((metric) => [metric, new Float64Array(all)]));

  add(metric: Counted, unit: number, value: number): void {
    const [n, y] = [this.n.get(metric), this.y.get(metric)];
    if (!n || !y) return;
    n[unit] = (n[unit] ?? 0) + 1;
    y[unit] = (y[unit] ?? 0) + value;
  }

  sums(): Record<string, Sums> {
    const sums: Record<string, Sums> = {};
    for (const metric of counted)
      for (const arm of ['v1', 'v2'] as const) sums[`${arm} ${metric}`] = this.sumsOf(metric, arm);
    return sums;
  }

  /** Each copy has what its unit has. */
  copy(): void {
    for (const copy of Array.from({ length: copies }, (_, index) => (index + 1) * units))
      for (const kept of [...this.n.values(), ...this.y.values()]) kept.copyWithin(copy, 0, units);
  }

  private sumsOf(metric: Counted, arm: string): Sums {
    const sums = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0 };
    for (let unit = 0; unit < all; unit += 1) {
      const [n, y] = [this.n.get(metric)?.[unit] ?? 0, h * (this.y.get(metric)?.[unit] ?? 0)];
      if (armOf(unit) !== arm || n === 0) continue;
      const d = h * n;
      sums.n += 1;
      sums.y += y;
      sums.d += d;
      sums.yy += y * y;
      sums.yd += y * d;
      sums.dd += d * d;
    }
    return sums;
  }
}

function armOf(unit: number): 'v1' | 'v2' {
  return (unit % units) % 2 === 0 ? 'v1' : 'v2';
}

function nameOf(unit: number): string {
  return unit < units ? `unit-${unit}` : `unit-${unit % units}~${Math.floor(unit / units)}`;
}

/** What was never published: the sums of the copies, which the database made. */
function without(sums: Record<string, Sums>, first: Record<string, Sums>): Record<string, Sums> {
  const left = (key: string, name: keyof Sums): number => (sums[key]?.[name] ?? 0) - copies * (first[key]?.[name] ?? 0);
  const entries = Object.keys(sums).map((key) => {
    const names = ['n', 'y', 'd', 'yy', 'yd', 'dd'] as const;
    return [key, Object.fromEntries(names.map((name) => [name, left(key, name)])) as Sums] as const;
  });
  return Object.fromEntries(entries);
}

/** Adds up the final rows as they are published. */
class Reader {
  readonly sums: Record<string, Sums> = {};

  take(records: readonly OutgoingRecord[]): void {
    for (const { topic, value } of records) {
      if (topic !== evidence.topic || value === null) continue;
      const row = evidence.decode(Buffer.from(value));
      if (row.final) this.add(row);
    }
  }

  private add({ arm, metric, unitSums }: Evidence): void {
    const sums = (this.sums[`${arm} ${metric}`] ??= { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0 });
    for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += unitSums[name];
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

let collector: CollectorUnderTest;
let relay: OutboxRelay;

beforeEach(async () => {
  collector = await CollectorUnderTest.open();
});
afterEach(async () => {
  await relay?.stop();
  await collector.close();
});

async function bytesOf(table: string, rows: string): Promise<number> {
  const [found] = await collector.dataSource.query<{ bytes: number }[]>(
    `select pg_total_relation_size('${table}')::float8 / (${rows}) as bytes`,
  );
  return found?.bytes ?? 0;
}

it('many-units: sums over all units are exact, whatever was forgotten in memory, which does not grow with them', async () => {
  const reader = new Reader();
  const producer = {
    send: (records: readonly OutgoingRecord[]) => Promise.resolve(reader.take(records)),
    close: () => Promise.resolve(),
  };
  relay = new OutboxRelay({ dataSource: collector.dataSource, producer });
  relay.start();
  await collector.follow({ metrics: lasting });
  const [book, random] = [new Book(), seeded(seed)];
  const costs: Record<string, number> = {};

  const pass = async (name: string, size: number, unitAt: (index: number) => number, onQuarter?: () => void) => {
    const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
    for (let at = 0; at < size; at += chunk) {
      await count(
        book,
        random,
        Array.from({ length: Math.min(chunk, size - at) }, (_, index) => unitAt(at + index)),
      );
      if (at < units / 4 && at + chunk >= units / 4) onQuarter?.();
    }
    const { user, system } = process.cpuUsage(cpu);
    costs[name] = Math.round((user + system) / size);
    console.info(`${name}: ${size} predictions in ${Math.round((performance.now() - beganMs) / 1_000)} s`);
  };
  let quarterBytes = 0;
  await pass(
    'new',
    units,
    (index) => index,
    () => (quarterBytes = heapBytes()),
  );
  const inserted = await bytesOf('units', 'select count(*) from units');
  const first = book.sums();
  await multiply();
  book.copy();
  const multiplied = await bytesOf('units', 'select count(*) from units');
  await pass('again', again, () => Math.floor(random() * all));
  const grownBytes = heapBytes() - quarterBytes;
  const updated = await bytesOf('units', 'select count(*) from units');
  await published();
  console.info(
    `figure many-units: ${units} units, ${all} with their copies; a unit takes ${Math.round(inserted)} bytes of disk with its index, ${Math.round(multiplied)} with the copies, ` +
      `${Math.round(updated)} after ${again} predictions again (${((updated * all) / 1e9).toFixed(2)} GB in all); ` +
      `${costs['new']} and ${costs['again']} µs of CPU a prediction with half an outcome, that of drawing it included; ` +
      `the heap grew by ${(grownBytes / 1024 ** 2).toFixed(1)} MiB from a quarter of the units on; a past takes ${Math.round(await bytesOfPast())} bytes`,
  );
  expect(reader.sums).toEqual(without(book.sums(), first));
  expect(grownBytes).toBeLessThan(mostGrowthBytes);
});

async function multiply(): Promise<void> {
  await collector.dataSource.transaction(async (manager) => {
    await manager.query('set local statement_timeout = 0');
    await manager.query(
      `insert into units (rollout, attempt, unit, packed)
         select rollout, attempt, unit || '~' || copy, packed from units, generate_series(1, $1::int) as copy`,
      [copies],
    );
  });
}

/** A prediction of each unit, of which every other one has two outcomes. */
async function count(book: Book, random: () => number, of: readonly number[]): Promise<void> {
  const outcomes: OutcomeReported[] = [];
  const events = of.map((unit): PredictionServed => {
    const [failed, latencyMs] = [random() < 0.05, 1 + Math.floor(random() * 40)];
    const event = served({
      ...{ unit: nameOf(unit), arm: armOf(unit), weights, armLatencyMs: latencyMs },
      ...(failed && { armStatus: 'error' as const, armHttpStatus: 503, answeredBy: undefined, status: 503 }),
    });
    book.add('error-rate', unit, Number(failed));
    book.add('client-error-rate', unit, 0);
    if (!failed) book.add('latency', unit, latencyMs);
    if (random() < 0.25) {
      const [liked, revenue] = [random() < 0.3, Math.floor(random() * 400) / 4];
      book.add('liked', unit, Number(liked));
      book.add('revenue', unit, revenue);
      const { predictionId } = event;
      outcomes.push(
        { predictionId, metric: 'liked', value: liked },
        { predictionId, metric: 'revenue', value: revenue },
      );
    }
    return event;
  });
  await collector.record(events);
  await collector.consume(outcomes);
  collector.cache.flush();
}

/** Every window is closed, and every row has gone out. */
async function published(): Promise<void> {
  await eventually(
    async () => {
      await collector.cases.publish.sweep();
      relay.wake();
      const [left] = await collector.dataSource.query<{ rows: number }[]>(
        'select ((select count(*) from evidence_rows) + (select count(*) from bus_outbox))::int as rows',
      );
      return left?.rows === 0;
    },
    { timeoutMs: 900_000, everyMs: 100 },
  );
}

/** Of one metric of a unit, from before the rollout. */
async function bytesOfPast(): Promise<number> {
  for (let at = 0; at < 10_000; at += chunk) {
    const outside = { rollout: undefined, attempt: undefined, stage: undefined, step: undefined };
    const events = Array.from({ length: chunk }, (_, index) =>
      served({ ...outside, unit: `unit-${at + index}`, arm: 'v1', weights: { v1: 10_000 } }),
    );
    await collector.record(events);
    await collector.consume(events.map(({ predictionId }) => ({ predictionId, metric: 'liked', value: true })));
  }
  return bytesOf('unit_histories', 'select count(*) from unit_histories');
}
