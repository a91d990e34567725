// The way to one shadow: bounds that hold whatever comes, by a clock that the spec moves.
import { ShadowLane } from './shadow-lane';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const steadyMs = () => performance.now();

/** Calls of so long each, and when each of them began. */
function callsOf(tookMs: number) {
  const begunMs: number[] = [];
  let underWay = 0;
  let most = 0;
  const call = async (): Promise<string> => {
    begunMs.push(steadyMs());
    most = Math.max(most, (underWay += 1));
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    underWay -= 1;
    return 'answered';
  };
  return { call, begunMs, most: () => most };
}

const countOf = <T>(all: readonly T[], value: T) => all.filter((one) => one === value).length;

it('has no more calls under way than it may, and sends away who waits too long', async () => {
  const lane = new ShadowLane({ concurrency: 4, ratePerSecond: 1_000_000 }, steadyMs);
  const calls = callsOf(100);
  const startByMs = steadyMs() + 250;
  const all = Promise.all(Array.from({ length: 40 }, () => lane.run(startByMs, calls.call)));
  await jest.advanceTimersByTimeAsync(1_000);
  const answers = await all;
  expect(calls.most()).toBe(4);
  expect([countOf(answers, 'answered'), countOf(answers, undefined)]).toEqual([12, 28]); // at 0, 100 and 200 ms
});

it('begins no more calls in a second than its rate, whatever it has room for, and catches no pause up', async () => {
  const lane = new ShadowLane({ concurrency: 1_000, ratePerSecond: 100 }, steadyMs);
  const calls = callsOf(1);
  const fromMs = steadyMs();
  const run = (count: number) => Promise.all(Array.from({ length: count }, () => lane.run(Infinity, calls.call)));
  const first = run(300);
  await jest.advanceTimersByTimeAsync(4_000);
  await first;
  const second = run(100);
  await jest.advanceTimersByTimeAsync(2_000);
  await second;
  for (const [from, to] of [0, 4_000].map((ms) => [fromMs + ms, fromMs + ms + 1_000] as const)) {
    const begun = calls.begunMs.filter((ms) => ms >= from && ms < to).length;
    expect(begun).toBeGreaterThanOrEqual(90);
    expect(begun).toBeLessThanOrEqual(110); // a timer that is late is made up for, within 50 ms
  }
});

it('is free again after a call that failed', async () => {
  const lane = new ShadowLane({ concurrency: 1, ratePerSecond: 1_000_000 }, steadyMs);
  await expect(lane.run(Infinity, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(lane.run(Infinity, () => Promise.resolve('answered'))).resolves.toBe('answered');
});
