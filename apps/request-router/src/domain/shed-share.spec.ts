// The share of predictions that is refused under load.
import { lookEveryMs, nextShedding, noShedding, type LoopLook, type Shedding } from './shed-share';

const boundMs = 20;
const many = 100;
const looks = (from: Shedding, count: number, look: Partial<LoopLook>): Shedding =>
  Array.from({ length: count }).reduce<Shedding>(
    (now) => nextShedding(now, { lateMs: 2 * boundMs, busy: 1, arrivals: many, ...look }, boundMs),
    from,
  );
const refusing: Shedding = { share: 0.95, behind: 50 };

describe('nothing is refused', () => {
  it('while the loop is in time, however busy it is', () => {
    expect(looks(noShedding, 1_000, { lateMs: boundMs }).share).toBe(0);
  });

  it('while the loop is late for want of a machine, and not of its own work', () => {
    expect(looks(noShedding, 1_000, { lateMs: 500, busy: 0.5 }).share).toBe(0);
  });

  it('while few predictions come: a process that boots or collects garbage is not overloaded', () => {
    expect(looks(noShedding, 1_000, { lateMs: 500, arrivals: 10 }).share).toBe(0);
  });

  it('for a pause of a quarter of a second, again and again', () => {
    let now = noShedding;
    for (let round = 0; round < 50; round++) {
      now = looks(now, 4, { lateMs: 200 });
      now = looks(now, 1, { lateMs: 1 });
      expect(now.share).toBe(0);
    }
  });
});

it('grows faster the later the loop is, within a second to what half as much again as can be done asks for', () => {
  const begun = looks(noShedding, 6, {});
  expect(begun.share).toBeGreaterThan(0);
  expect(looks(begun, 1, {}).share).toBeGreaterThan(looks(begun, 1, { lateMs: 1.1 * boundMs }).share);
  expect(looks(noShedding, 1_000 / (lookEveryMs + boundMs), {}).share).toBeGreaterThan(1 / 3);
});

it('goes on while the loop stays behind, though fewer come', () => {
  expect(looks({ share: 0.5, behind: 9 }, 1, { arrivals: 1 }).share).toBeGreaterThan(0.5);
});

it('leaves a few through, so that the end of the load is seen', () => {
  expect(looks(noShedding, 1_000, { lateMs: 1_000 }).share).toBeLessThan(1);
});

it('is forgotten within two seconds when the load is gone', () => {
  expect(looks(refusing, 2_000 / lookEveryMs, { lateMs: 0, busy: 0.3 }).share).toBe(0);
});

it('finds its level where refusing costs a quarter of answering, at half as much again as can be done', () => {
  // a loop whose delay grows with what it takes on beyond its time, and shrinks with what is left of it
  let [shedding, lateMs] = [noShedding, 0];
  const taken: number[] = [];
  for (let look = 0; look < 600; look++) {
    const work = 1.5 * (1 - shedding.share + 0.25 * shedding.share);
    lateMs = Math.max(0, lateMs + (work - 1) * lookEveryMs);
    shedding = nextShedding(shedding, { lateMs, busy: Math.min(1, work), arrivals: many }, boundMs);
    if (look > 100) taken.push(1.5 * (1 - shedding.share));
  }
  const mean = taken.reduce((sum, one) => sum + one, 0) / taken.length;
  expect(mean).toBeGreaterThan(0.8);
  expect(lateMs).toBeLessThan(5 * boundMs);
});
