// The share of predictions that is refused under load.
import { lookEveryMs, nextShare } from './shed-share';

const boundMs = 20;
const looks = (share: number, count: number, lateMs: number, busy: number): number =>
  Array.from({ length: count }).reduce<number>((now) => nextShare(now, { lateMs, busy }, boundMs), share);

it('is nothing while the loop is in time, however busy it is', () => {
  expect(looks(0, 1_000, boundMs, 1)).toBe(0);
});

it('is nothing while the loop is late for want of a machine, and not of its own work', () => {
  expect(looks(0, 1_000, 500, 0.5)).toBe(0);
});

it('grows faster the later the loop is, within half a second to what half as much again as can be done asks for', () => {
  expect(looks(0, 1, 2 * boundMs, 1)).toBeGreaterThan(looks(0, 1, 1.1 * boundMs, 1));
  expect(looks(0, 500 / lookEveryMs, 2 * boundMs, 1)).toBeGreaterThan(1 / 3);
});

it('leaves a few through, so that the end of the load is seen', () => {
  expect(looks(0, 1_000, 1_000, 1)).toBeLessThan(1);
});

it('is forgotten within two seconds when the load is gone', () => {
  expect(looks(0.95, 2_000 / lookEveryMs, 0, 0.3)).toBe(0);
});

it('finds its level where refusing costs a quarter of answering, at half as much again as can be done', () => {
  // a loop whose delay grows with what it takes on beyond its time, and shrinks with what is left of it
  let [share, lateMs] = [0, 0];
  const taken: number[] = [];
  for (let look = 0; look < 600; look++) {
    const work = 1.5 * (1 - share + 0.25 * share);
    lateMs = Math.max(0, lateMs + (work - 1) * lookEveryMs);
    share = nextShare(share, { lateMs, busy: Math.min(1, work) }, boundMs);
    if (look > 100) taken.push(1.5 * (1 - share));
  }
  const mean = taken.reduce((sum, one) => sum + one, 0) / taken.length;
  expect(mean).toBeGreaterThan(0.8);
  expect(lateMs).toBeLessThan(5 * boundMs);
});
