import { countOf, dueMs, periodMsOf } from './schedule';

describe('the plan of an open loop', () => {
  it('spaces requests evenly, by the rate alone', () => {
    const plan = { ratePerSecond: 400, seconds: 2 };
    expect([dueMs(plan, 0), dueMs(plan, 1), dueMs(plan, 400)]).toEqual([0, 2.5, 1_000]);
    expect(countOf(plan)).toBe(800);
  });

  it('ticks for each request, at most once a millisecond', () => {
    expect([400, 1_000, 8_000].map((ratePerSecond) => periodMsOf({ ratePerSecond, seconds: 1 }))).toEqual([2.5, 1, 1]);
  });
});
