// How far back is looked.
import { LookBack } from './look-back';

let nowMs = 1_000;
const reaches: number[] = [];
const note = (reachMs: number) => Promise.resolve(void reaches.push(reachMs));

beforeEach(() => void reaches.splice(0));

it('looks far at first, then a little each time, farther every ten seconds and far every minute', async () => {
  const lookBack = new LookBack(() => nowMs);
  for (let second = 0; second <= 60; second += 1) {
    await lookBack.take(note);
    nowMs += 1_000;
  }
  expect(reaches[0]).toBe(600_000);
  expect(reaches.slice(1, 10)).toEqual(Array.from({ length: 9 }, () => 4_000));
  expect([10, 20, 30, 40, 50].map((second) => reaches[second])).toEqual(Array.from({ length: 5 }, () => 40_000));
  expect(reaches[60]).toBe(240_000);
});

it('leaves no gap after a time without looks, and takes a look again that failed', async () => {
  const lookBack = new LookBack(() => nowMs);
  await lookBack.take(note);
  nowMs += 500_000;
  await expect(lookBack.take(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  nowMs += 1_000;
  await lookBack.take(note);
  expect(reaches.at(-1)).toBe(681_000);
});
