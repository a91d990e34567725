// The rule of counting.
import fc from 'fast-check';
import { openBook, rowId, type Book, type Exposure } from './book';
import { countExcluded, countPart, countPrediction, countValue } from './count';
import { toFixed } from './fixed-point';
import { addSums, emptySums, packSums, toldSums, unpackSums, type Sums } from './sums';
import { packUnit, unpackUnit, type PackedUnit } from './packed-unit';
import { type UnitState } from './unit-state';

const ok = { failed: false, clientError: false, latencyMs: 10 };
const failed = { ...ok, failed: true };

function exposure(some: Partial<Exposure> = {}): Exposure {
  return {
    stage: 0,
    step: 0,
    epoch: 1,
    weights: { v1: 9_000, v2: 1_000 },
    segment: null,
    arm: 'v2',
    unit: 'ada',
    period: 0,
    ...some,
  };
}

/** All rows of a metric, added up. */
function exactTotalOf(book: Book, metric: string): Sums {
  const rows = [...book.rows.values()].filter(({ key }) => key.metric === metric);
  return rows.reduce((total, { sums }) => addSums(total, sums), emptySums());
}

function totalOf(book: Book, metric: string): Sums<number> {
  return toldSums(exactTotalOf(book, metric));
}

const nothing = toldSums(emptySums());

describe('scopes', () => {
  it('count a unit once in the rollout and once in each period, however often it errs', () => {
    const book = openBook();
    for (const period of [0, 0, 1, 1, 1]) countPrediction(book, exposure({ period }), failed);
    expect(totalOf(book, 'error-rate')).toMatchObject({
      n: 5,
      sum: 5,
      newUnits: 1,
      once: { n: 1, sum: 1 },
      inPeriod: { n: 2, sum: 2 },
    });
  });

  it('count a first error that comes after good answers, under the weights of the prediction that erred', () => {
    const book = openBook();
    countPrediction(book, exposure({ weights: { v1: 9_500, v2: 500 } }), ok);
    countPrediction(book, exposure({ step: 1, weights: { v1: 9_000, v2: 1_000 } }), failed);
    const rows = [...book.rows.values()].filter(({ key }) => key.metric === 'error-rate');
    expect(rows.map(({ key, sums }) => ({ step: key.step, once: toldSums(sums).once }))).toEqual([
      { step: 0, once: { n: 1, sum: 0 } },
      { step: 1, once: { n: 0, sum: 1 } },
    ]);
  });

  it('count every prediction without a unit: it is its own', () => {
    const book = openBook();
    for (let index = 0; index < 3; index += 1) countPrediction(book, exposure({ unit: undefined }), failed);
    expect(totalOf(book, 'error-rate')).toMatchObject({
      n: 3,
      newUnits: 3,
      once: { n: 3, sum: 3 },
      unitSums: { n: 3 },
    });
    expect(book.units.size).toBe(0);
  });

  it('keep the periods of stages apart', () => {
    const book = openBook();
    countPrediction(book, exposure({ stage: 0, period: 3 }), failed);
    countPrediction(book, exposure({ stage: 1, period: 0 }), failed);
    countPrediction(book, exposure({ stage: 0, period: 3 }), failed);
    expect(totalOf(book, 'error-rate').inPeriod).toEqual({ n: 2, sum: 2 });
  });

  it('put first latencies into bins, and failures above every edge', () => {
    const book = openBook();
    countPrediction(book, exposure({ unit: 'a' }), { ...ok, latencyMs: 0.1 });
    countPrediction(book, exposure({ unit: 'b' }), failed);
    countPrediction(book, exposure({ unit: 'b' }), ok);
    expect(totalOf(book, 'latency').sum).toBeCloseTo(10.1, 9);
    expect(totalOf(book, 'latency')).toMatchObject({
      n: 2,
      once: { n: 0, sum: 0, histogram: { 0: 1, 640: 1 } },
    });
  });

  it('keep the first value of a metric, and are not touched by corrections', () => {
    const book = openBook();
    countValue(book, exposure(), { metric: 'liked', before: undefined, after: 1 });
    countValue(book, exposure(), { metric: 'liked', before: undefined, after: 0 });
    countValue(book, exposure(), { metric: 'liked', before: 1, after: 0 });
    expect(totalOf(book, 'liked')).toMatchObject({
      n: 2,
      sum: 0,
      sumSquares: 0,
      once: { n: 1, sum: 1, sumSquares: 1 },
    });
  });

  it('count a unit once in each step, whatever the period', () => {
    const book = openBook();
    for (const [step, period] of [
      [0, 0],
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const)
      countPrediction(book, exposure({ step, period }), ok);
    countPrediction(book, exposure({ unit: undefined, step: 1 }), ok);
    expect(totalOf(book, 'error-rate')).toMatchObject({ newUnits: 2, stepUnits: 3 });
  });
});

describe('unit sums', () => {
  it('are those of the totals of the units: Y = sum h y, D = sum h', () => {
    const book = openBook();
    const [a, b] = [exposure({ unit: 'a' }), exposure({ unit: 'b' })];
    countValue(book, a, { metric: 'revenue', before: undefined, after: 2 });
    countValue(book, a, { metric: 'revenue', before: undefined, after: 4 });
    countValue(book, b, { metric: 'revenue', before: undefined, after: 1 });
    const h = 0.9;
    const { unitSums } = totalOf(book, 'revenue');
    expect(unitSums.n).toBe(2);
    expect(unitSums.y).toBeCloseTo(h * 7, 8);
    expect(unitSums.d).toBeCloseTo(h * 3, 8);
    expect(unitSums.yy).toBeCloseTo((h * 6) ** 2 + h ** 2, 7);
    expect(unitSums.yd).toBeCloseTo(h * 6 * (h * 2) + h * h, 7);
    expect(unitSums.dd).toBeCloseTo((h * 2) ** 2 + h ** 2, 7);
  });

  it('come back to nothing when the only value is taken back', () => {
    const book = openBook();
    countValue(book, exposure(), { metric: 'revenue', before: undefined, after: 2.3 });
    countValue(book, exposure(), { metric: 'revenue', before: 2.3, after: undefined });
    const { n, sum, unitSums } = totalOf(book, 'revenue');
    expect({ n, sum }).toEqual({ n: 0, sum: 0 });
    expect(unitSums).toEqual(nothing.unitSums);
  });

  it('of a prediction without a unit are corrected as its own', () => {
    const book = openBook();
    const alone = exposure({ unit: undefined });
    countValue(book, alone, { metric: 'liked', before: undefined, after: 1 });
    countValue(book, alone, { metric: 'liked', before: 1, after: 0 });
    expect(totalOf(book, 'liked').unitSums).toMatchObject({ n: 1, y: 0, yy: 0 });
    expect(totalOf(book, 'liked').unitSums.d).toBeCloseTo(0.9, 9);
  });

  it('leave out an arm that its own record gave no weight, which is counted all the same', () => {
    const book = openBook();
    countPrediction(book, exposure({ weights: { v1: 10_000, v2: 0 } }), ok);
    expect(totalOf(book, 'error-rate')).toMatchObject({ n: 1, newUnits: 1, unitSums: { n: 0, d: 0 } });
  });
});

describe('a metric whose mean is over units', () => {
  it('counts a unit once, with the weight of its first record, and the sum of its values', () => {
    const book = openBook();
    const [early, late] = [
      { v1: 9_000, v2: 1_000 },
      { v1: 5_000, v2: 5_000 },
    ];
    countValue(book, exposure({ weights: early }), { metric: 'revenue', before: undefined, after: 2, per: 'unit' });
    countValue(book, exposure({ weights: late }), { metric: 'revenue', before: undefined, after: 5, per: 'unit' });
    countValue(book, exposure({ weights: late }), { metric: 'revenue', before: 5, after: 3, per: 'unit' });
    const { n, sum, unitSums } = totalOf(book, 'revenue');
    expect({ n, sum, units: unitSums.n }).toEqual({ n: 2, sum: 5, units: 1 });
    expect(unitSums.d).toBeCloseTo(0.9, 8);
    expect(unitSums.y).toBeCloseTo(0.9 * 5, 8);
    expect(unitSums.dd).toBeCloseTo(0.81, 8);
  });

  it('comes back to nothing when its only value is taken back', () => {
    const book = openBook();
    countValue(book, exposure(), { metric: 'revenue', before: undefined, after: 2.3, per: 'unit' });
    countValue(book, exposure(), { metric: 'revenue', before: 2.3, after: undefined, per: 'unit' });
    expect(totalOf(book, 'revenue').unitSums).toEqual(nothing.unitSums);
  });
});

describe('a ratio', () => {
  const part = (of: 'numerator' | 'denominator', after: number | undefined, before?: number) => {
    return { metric: 'per-view', part: of, before, after };
  };

  it('has the numerators of a unit for Y and its denominators for D', () => {
    const book = openBook();
    const [a, b] = [exposure({ unit: 'a' }), exposure({ unit: 'b' })];
    countPart(book, a, part('denominator', 3));
    countPart(book, a, part('numerator', 1));
    countPart(book, b, part('denominator', 2));
    countPart(book, a, part('numerator', 2, 1));
    const { n, sum, unitSums } = totalOf(book, 'per-view');
    expect({ n, sum, units: unitSums.n }).toEqual({ n: 2, sum: 2, units: 2 });
    expect(unitSums.y).toBeCloseTo(0.9 * 2, 8);
    expect(unitSums.d).toBeCloseTo(0.9 * 5, 8);
    expect(unitSums.yd).toBeCloseTo(0.81 * 6, 7);
    expect(unitSums.dd).toBeCloseTo(0.81 * 13, 7);
  });

  it('begins anew with each stage: the sums of one are those of its own totals', () => {
    const book = openBook();
    const [canary, ab] = [exposure({ unit: 'a' }), exposure({ unit: 'a', stage: 1 })];
    countPart(book, canary, part('denominator', 3));
    countPart(book, ab, part('denominator', 2));
    const at = (stage: number) =>
      [...book.rows.values()].filter(({ key }) => key.stage === stage).map(({ sums }) => toldSums(sums).unitSums)[0];
    expect([at(0), at(1)].map((sums) => [sums?.n, sums?.dd])).toEqual([
      [1, expect.closeTo(0.81 * 9, 7)],
      [1, expect.closeTo(0.81 * 4, 7)],
    ]);
    const unit = book.units.get('a') as UnitState;
    expect(unpackUnit(packUnit(unit)).totals).toEqual(unit.totals);
  });

  it('leaves out records without a unit, and says so', () => {
    const book = openBook();
    countPart(book, exposure({ unit: undefined }), part('numerator', 1));
    const { n, sum, unitSums, excluded } = totalOf(book, 'per-view');
    expect({ n, sum, unitSums, missing: excluded.missing }).toEqual({
      ...{ n: 0, sum: 0, missing: 1 },
      unitSums: nothing.unitSums,
    });
  });
});

describe('covariates', () => {
  it('are D times the past of the unit, kept from its first exposure on', () => {
    const pasts = new Map([['a', { liked: toFixed(0.25) }]]);
    const book = openBook([], [], pasts);
    const [a, b] = [exposure({ unit: 'a' }), exposure({ unit: 'b' })];
    countPrediction(book, a, ok);
    for (const each of [a, a, b]) countValue(book, each, { metric: 'liked', before: undefined, after: 1 });
    const { unitSums } = totalOf(book, 'liked');
    expect({ n: unitSums.n, covered: unitSums.covered }).toEqual({ n: 2, covered: 1 });
    const [y, d] = [0.9 * 2, 0.9 * 2];
    expect(unitSums.x).toBeCloseTo(0.25 * d, 8);
    expect(unitSums.xx).toBeCloseTo((0.25 * d) ** 2, 8);
    expect(unitSums.xy).toBeCloseTo(0.25 * d * y, 8);
    expect(unitSums.xd).toBeCloseTo(0.25 * d * d, 8);
    expect(unpackUnit(packUnit(book.units.get('a') as UnitState)).past).toEqual({ liked: toFixed(0.25) });
  });

  it('of metrics that nothing is known of stay nothing', () => {
    const book = openBook([], [], new Map([['ada', { liked: toFixed(0.25) }]]));
    countPrediction(book, exposure(), ok);
    expect(totalOf(book, 'error-rate').unitSums).toMatchObject({ n: 1, x: 0, xx: 0 });
    expect(totalOf(book, 'error-rate').unitSums).not.toHaveProperty('covered');
  });
});

it('reads a unit that was kept by name, before there was the short form', () => {
  const kept = {
    ...{ arm: 'v2', epoch: 3, once: ['#exposure'], periods: { '#step': { 0: 2 } } },
    totals: { v2: { liked: { n: 2, y: '7730941132', d: '36893488147419103232' } } },
  };
  const state = {
    ...kept,
    totals: { v2: { liked: { n: 2, y: 7_730_941_132n, d: 36_893_488_147_419_103_232n } } },
  };
  expect(unpackUnit(kept)).toEqual(state);
  expect(unpackUnit(JSON.parse(JSON.stringify(packUnit(state))) as PackedUnit)).toEqual(state);
});

it('counts exclusions beside the sums and never in them', () => {
  const book = openBook();
  countExcluded(book, exposure(), 'error-rate', 'pinned');
  expect(totalOf(book, 'error-rate')).toEqual({ ...nothing, excluded: { ...nothing.excluded, pinned: 1 } });
});

it('gives one row one name, whatever the order of its weights', () => {
  const key = { ...exposure(), metric: 'error-rate' };
  expect(rowId({ ...key, weights: { v2: 1_000, v1: 9_000 } })).toBe(rowId(key));
});

interface Counted {
  readonly unit: number;
  readonly arm: 'v1' | 'v2';
  readonly weightBps: number;
  readonly failed: boolean;
  readonly value: number;
}

const records = fc.array(
  fc.record<Counted>({
    unit: fc.integer({ min: 0, max: 5 }),
    arm: fc.constantFrom('v1' as const, 'v2' as const),
    weightBps: fc.integer({ min: 1, max: 9_999 }),
    failed: fc.boolean(),
    value: fc.oneof(fc.constantFrom(0, 1, 0.1), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  }),
  { maxLength: 40 },
);

function countAll(list: readonly Counted[], batchSize: number): Sums[] {
  let units: string[] = [];
  const windows: Sums[][] = [];
  for (let at = 0; at < list.length; at += batchSize) {
    // a new window and a new reading of what was kept, as between two transactions
    const book = openBook(units.map(readUnit));
    for (const one of list.slice(at, at + batchSize)) {
      const weights = { v1: 10_000 - one.weightBps, v2: one.weightBps };
      const of = exposure({ arm: one.arm, unit: `unit-${one.unit}`, weights });
      countPrediction(book, of, one.failed ? failed : ok);
      countValue(book, of, { metric: 'liked', before: undefined, after: one.value });
    }
    units = [...book.units].map(([unit, state]) => JSON.stringify([unit, packUnit(state)]));
    windows.push(['error-rate', 'latency', 'liked'].map((metric) => exactTotalOf(book, metric)));
  }
  return windows.reduce(
    (total, window) => total.map((sums, index) => addSums(sums, window[index] ?? emptySums())),
    [0, 1, 2].map(() => emptySums()),
  );
}

function readUnit(text: string): readonly [string, ReturnType<typeof unpackUnit>] {
  const [unit, state] = JSON.parse(text) as [string, PackedUnit];
  return [unit, unpackUnit(state)];
}

it('gives the same sums over all windows in any batching, to the last bit', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 10 }), (list, batchSize) => {
      expect(countAll(list, batchSize)).toEqual(countAll(list, 1_000));
    }),
    { seed: 3, numRuns: 200 },
  );
});

it('gives the same sums, scopes aside, in any order, to the last bit', () => {
  const withOrder = records.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(withOrder, ([list, shuffled]) => {
      const whole = (sums: Sums[]) =>
        sums.map((one) => ({ ...one, once: { n: 0, sum: 0n }, inPeriod: { n: 0, sum: 0n } }));
      expect(whole(countAll(list, 7))).toEqual(whole(countAll(shuffled, 5)));
    }),
    { seed: 5, numRuns: 200 },
  );
});

it('comes back to nothing when every value is taken back, in any order', () => {
  fc.assert(
    fc.property(records, (list) => {
      const book = openBook();
      const of = ({ arm, unit, weightBps }: Counted) =>
        exposure({ arm, unit: `unit-${unit}`, weights: { v1: 10_000 - weightBps, v2: weightBps } });
      for (const one of list) countValue(book, of(one), { metric: 'liked', before: undefined, after: one.value });
      for (const one of [...list].reverse())
        countValue(book, of(one), { metric: 'liked', before: one.value, after: undefined });
      const { n, sum, sumSquares, unitSums } = exactTotalOf(book, 'liked');
      expect({ n, sum, sumSquares, unitSums }).toEqual({
        ...{ n: 0, sum: 0n, sumSquares: 0n },
        unitSums: emptySums().unitSums,
      });
    }),
    { seed: 11, numRuns: 100 },
  );
});

it('keeps sums as JSON that loses nothing, and tells them as numbers however large a value is', () => {
  const book = openBook();
  countValue(book, exposure(), { metric: 'revenue', before: undefined, after: Number.MAX_VALUE });
  countValue(book, exposure(), { metric: 'revenue', before: undefined, after: 2 ** -32 });
  const sums = exactTotalOf(book, 'revenue');
  expect(unpackSums(JSON.parse(JSON.stringify(packSums(sums))) as Sums<string>)).toEqual(sums);
  const { sum, sumSquares, unitSums } = toldSums(sums);
  for (const told of [sum, sumSquares, unitSums.y, unitSums.yy, unitSums.yd]) expect(told).toBeGreaterThan(1e100);
  expect([sum, sumSquares, unitSums.yy].every(Number.isFinite)).toBe(true);
});
