// The rate at which predictions are taken on under load.
import { lookEveryMs, nextPace, unbounded, type LoopLook, type Pace } from './pace';

const boundMs = 20;
const late: LoopLook = { lateMs: 2 * boundMs, busy: 1, arrivals: 1_000, answered: 400, elapsedMs: lookEveryMs };
const looks = (from: Pace, count: number, look: Partial<LoopLook>): Pace =>
  Array.from({ length: count }).reduce<Pace>((now) => nextPace(now, { ...late, ...look }, boundMs), from);
const bounded: Pace = { ...unbounded, perMs: 0.5, capacityPerMs: 0.6 };

describe('all that comes is taken on', () => {
  it('while the loop is in time, however busy it is', () => {
    expect(looks(unbounded, 1_000, { lateMs: boundMs }).perMs).toBe(Infinity);
  });

  it('while the loop is late for want of a machine, and not of its own work', () => {
    expect(looks(unbounded, 1_000, { lateMs: 500, busy: 0.5 }).perMs).toBe(Infinity);
  });

  it('while few predictions come: a process that boots or collects garbage is not overloaded', () => {
    expect(looks(unbounded, 1_000, { lateMs: 500, arrivals: 10 }).perMs).toBe(Infinity);
  });

  it('for a pause of a quarter of a second, again and again', () => {
    let now = unbounded;
    for (let round = 0; round < 50; round++) {
      now = looks(now, 4, { lateMs: 200 });
      now = looks(now, 1, { lateMs: 1 });
      expect(now.perMs).toBe(Infinity);
    }
  });
});

describe('begins with what the loop has answered', () => {
  const capacityPerMs = 400 / lookEveryMs;

  it('less the time that refusing the rest takes', () => {
    const times = 1_000 / 400;
    expect(looks(unbounded, 5, {}).perMs).toBeCloseTo((capacityPerMs * (1 - 0.2 * times)) / 0.8, 6);
    expect(looks(unbounded, 5, { arrivals: 400 }).perMs).toBeCloseTo(capacityPerMs, 6);
  });

  it('or with what its busy time came to before, where being behind has made it slow', () => {
    const before = looks(unbounded, 50, { lateMs: 0, busy: 0.5, arrivals: 200, answered: 200 });
    expect(looks(before, 5, { arrivals: 400, answered: 50 }).perMs).toBeCloseTo(capacityPerMs, 6);
  });

  it('in all the looks at which it was behind, and not in one that saw little', () => {
    const before = looks(unbounded, 4, { arrivals: 400 });
    expect(looks(before, 1, { arrivals: 400, answered: 0 }).perMs).toBeGreaterThan(0.5 * capacityPerMs);
  });
});

it('gives way the more the later the loop is, by a twentieth a look at most', () => {
  const begun = looks(unbounded, 5, {});
  const after = (lateMs: number): number => looks(begun, 1, { lateMs }).perMs / begun.perMs;
  expect(after(1.1 * boundMs)).toBeCloseTo(0.995, 6);
  expect(after(2 * boundMs)).toBeCloseTo(0.95, 6);
  expect(after(50 * boundMs)).toBeCloseTo(0.95, 6);
});

it('goes on while the loop stays behind, though fewer come', () => {
  expect(looks({ ...bounded, perMs: 0.59 }, 1, { arrivals: 1 }).perMs).toBeLessThan(0.59);
});

it('takes on most of what there should be time for, though the loop stays late: others keep it from the machine', () => {
  const begun = looks(unbounded, 5, {});
  expect(looks(begun, 1_000, { lateMs: 50 * boundMs }).perMs).toBeCloseTo(0.7 * begun.perMs, 6);
});

it('leaves a few through, so that the end of the load is seen', () => {
  expect(looks(unbounded, 1_000, { lateMs: 1_000, answered: 0 }).perMs).toBeGreaterThan(0);
});

it('is forgotten within two seconds when the load is gone', () => {
  expect(looks(bounded, 2_000 / lookEveryMs, { lateMs: 0, busy: 0.3, arrivals: 20 }).perMs).toBe(Infinity);
});

it.each([
  [1.2, 0.9],
  [1.5, 0.8],
  [2, 0.6],
])('finds its level where refusing costs a quarter of answering, at %d times what can be done', (times, least) => {
  // a loop whose delay grows with what it takes on beyond its time, and shrinks with what is left of it
  const capacityPerMs = 10;
  let [pace, lateMs] = [unbounded, 0];
  const taken: number[] = [];
  for (let look = 0; look < 1_000; look++) {
    const come = times * capacityPerMs;
    const taking = Math.min(come, pace.perMs);
    const work = (taking + 0.25 * (come - taking)) / capacityPerMs;
    lateMs = Math.max(0, lateMs + (work - 1) * lookEveryMs);
    const did = lateMs > 0 ? taking / Math.max(1, work) : taking;
    const seen = { arrivals: come * lookEveryMs, answered: did * lookEveryMs, elapsedMs: lookEveryMs };
    pace = nextPace(pace, { ...seen, lateMs, busy: Math.min(1, work) }, boundMs);
    if (look > 100) taken.push(did / capacityPerMs);
  }
  expect(taken.reduce((sum, one) => sum + one, 0) / taken.length).toBeGreaterThan(least);
  expect(lateMs).toBeLessThan(5 * boundMs);
});
