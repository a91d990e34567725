// Waiting for a condition.
import { eventually, eventuallyPasses } from './eventually';
import { FixedClock } from './fixed-clock';

it('returns what it waited for', async () => {
  let looks = 0;
  expect(await eventually(() => (++looks < 3 ? undefined : looks), { everyMs: 1 })).toBe(3);
});

it('takes 0 and the empty string for something', async () => {
  expect(await eventually(() => 0)).toBe(0);
  expect(await eventually(() => '')).toBe('');
});

it('fails with what the last look said', async () => {
  const look = () => expect('pending').toBe('joined');
  await expect(eventuallyPasses(look, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('joined');
  await expect(eventually(() => false, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('still false after 5 ms');
});

it('ends at once when waiting is in vain', async () => {
  const hopeless = () => 'the process ended';
  await expect(eventually(() => false, { hopeless })).rejects.toThrow('the process ended');
});

it('lets time pass only when told', () => {
  const clock = new FixedClock('2026-01-01T00:00:00.000Z');
  const { nowMs } = clock;
  const before = nowMs();
  clock.advance(1_500);
  expect(nowMs() - before).toBe(1_500);
  expect(clock.iso()).toBe('2026-01-01T00:00:01.500Z');
});
