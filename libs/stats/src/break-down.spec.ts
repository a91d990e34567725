// Effects by segment and by day.
import { breakDown, type SegmentTotals } from './break-down';
import { dailySeries, type Day } from './daily-series';
import { type UnitTotals } from './evidence-row';
import { normal, randomOf } from './numerics/seeded-draws';
import { addUnit, slack } from './simulated-experiment.fixture';

const seed = 20_261_123;
const nothing = { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 };

/** Units of 0 and 1: so many of them 1. */
function rate(units: number, hits: number): UnitTotals {
  let totals: UnitTotals = nothing;
  for (let unit = 0; unit < units; unit += 1) totals = addUnit(totals, unit < hits ? 0.5 : 0, 0.5, 0);
  return totals;
}

function segment(name: string | null, baseline: UnitTotals, arm: UnitTotals, candidate = 'v2'): SegmentTotals {
  return { segment: name, candidate, totals: { baseline, candidate: arm } };
}

describe('a breakdown', () => {
  it('tells of each segment, raises p values over all of them, and says how many differ by chance', () => {
    const found = breakDown(
      [
        segment('eu', rate(2_000, 400), rate(2_000, 600)),
        segment('us', rate(2_000, 400), rate(2_000, 400)),
        segment(null, rate(50, 10), rate(50, 20)),
      ],
      0.05,
    );
    const [eu, us, none] = found.segments;
    expect(eu).toMatchObject({ segment: 'eu', candidate: 'v2', baseline: { units: 2_000, value: 0.2 } });
    expect(eu?.effect).toBeCloseTo(0.1, 12);
    expect(eu?.adjustedPValue).toBeCloseTo(2 * (eu?.pValue ?? NaN), 12);
    expect(us?.adjustedPValue).toBe(1);
    expect(none).toMatchObject({ segment: null, effect: null, interval: null, pValue: null, adjustedPValue: null });
    expect(found).toMatchObject({ comparisons: 2, expectedByChance: 0.1 });
  });

  it('tells whether segments differ among themselves: Cochran’s Q by hand', () => {
    const [a, b] = [rate(1_000, 200), rate(1_000, 300)];
    const { heterogeneity } = breakDown([segment('eu', a, b), segment('us', a, a), segment('eu', a, b, 'v3')], 0.05);
    const variance = (p: number): number => (p * (1 - p)) / 999;
    const [eu, us] = [variance(0.2) + variance(0.3), 2 * variance(0.2)];
    const q = 0.1 ** 2 / (eu + us);
    expect(heterogeneity).toHaveLength(1);
    expect(heterogeneity[0]).toMatchObject({ candidate: 'v2', degreesOfFreedom: 1 });
    expect(heterogeneity[0]?.statistic).toBeCloseTo(q, 9);
    expect(heterogeneity[0]?.pValue).toBeLessThan(0.001);
  });

  it('has nothing to tell of nothing', () => {
    expect(breakDown([], 0.05)).toEqual({ segments: [], heterogeneity: [], comparisons: 0, expectedByChance: 0 });
  });

  it(`seldom shows one of 20 segments without an effect, seed ${seed}`, () => {
    const [runs, random] = [200, randomOf(seed)];
    const of = (): UnitTotals => {
      let totals: UnitTotals = nothing;
      for (let unit = 0; unit < 150; unit += 1) totals = addUnit(totals, normal(random), 1, 0);
      return totals;
    };
    let [wrong, plain] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const given = Array.from({ length: 20 }, (_, at) => segment(`s${at}`, of(), of()));
      const { segments, heterogeneity } = breakDown(given, 0.05);
      if (segments.some(({ adjustedPValue }) => (adjustedPValue ?? 1) <= 0.05)) wrong += 1;
      if ((heterogeneity[0]?.pValue ?? 1) <= 0.05) plain += 1;
    }
    expect(wrong / runs).toBeLessThanOrEqual(0.05 + slack(0.05, runs));
    expect(Math.abs(plain / runs - 0.05)).toBeLessThan(slack(0.05, runs) + 0.02);
  });
});

describe('a daily series', () => {
  const day = (at: number, v1: number, v2: number): Day => ({
    day: `2026-11-${String(at).padStart(2, '0')}`,
    baseline: { records: 1_000, y: 500 * v1, d: 500 },
    candidate: { records: 1_000, y: 500 * v2, d: 500 },
  });
  const totals = { baseline: rate(4_000, 800), candidate: rate(4_000, 1_000) };

  it('has each day’s effect with an interval that is as wide as a quarter of the units make it', () => {
    const { days } = dailySeries(
      [day(1, 0.2, 0.4), day(2, 0.2, 0.3), day(3, 0.2, 0.2), day(4, 0.2, 0.1)],
      totals,
      0.05,
    );
    expect(days.map(({ effect }) => effect)).toEqual(
      [0.2, 0.1, 0, -0.1].map((each) => expect.closeTo(each, 12) as number),
    );
    const variance = 4 * ((0.2 * 0.8) / 3_999 + (0.25 * 0.75) / 3_999);
    expect(days[0]?.standardError).toBeCloseTo(Math.sqrt(variance), 9);
    expect(days[0]?.interval?.[1]).toBeCloseTo(0.2 + 1.959963985 * Math.sqrt(variance), 8);
  });

  it('finds an effect that wears off, over days as they lie in the calendar', () => {
    const { trend } = dailySeries([day(1, 0.2, 0.4), day(2, 0.2, 0.3), day(4, 0.2, 0.1)], totals, 0.05);
    expect(trend?.perDay).toBeCloseTo(-0.1, 9);
    expect(trend?.pValue).toBeLessThan(1e-6);
    expect(
      dailySeries([day(1, 0.2, 0.3), day(2, 0.2, 0.3), day(3, 0.2, 0.3)], totals, 0.05).trend?.pValue,
    ).toBeGreaterThan(0.9);
  });

  it('tells no trend of two days, and nothing of a day without an arm or of too few units', () => {
    expect(dailySeries([day(1, 0.2, 0.4), day(2, 0.2, 0.3)], totals, 0.05).trend).toBeNull();
    const alone = { ...day(1, 0.2, 0), candidate: { records: 0, y: 0, d: 0 } };
    expect(dailySeries([alone], totals, 0.05).days[0]).toMatchObject({ effect: null, interval: null });
    const few = { baseline: rate(50, 10), candidate: rate(50, 20) };
    expect(dailySeries([day(1, 0.25, 0.5)], few, 0.05).days[0]).toMatchObject({ effect: 0.25, interval: null });
  });
});
