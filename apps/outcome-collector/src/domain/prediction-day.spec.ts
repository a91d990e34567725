// The day that a record is filed under.
import { uuidv7 } from 'uuidv7';
import { dayOf, dayOfId, outcomeDay, predictionDay, undatable, undatedDay } from './prediction-day';

const now = Date.parse('2026-03-10T12:00:00.000Z');
const day = 86_400_000;

function idAt(instantMs: number): string {
  const time = instantMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${uuidv7().slice(14)}`;
}

it('takes the day of a UUIDv7, the same for a prediction and its outcomes', () => {
  const id = idAt(now - day);
  expect(predictionDay(id, now, 30)).toBe('2026-03-09');
  expect(outcomeDay(id, now + 5 * day, 30)).toBe('2026-03-09');
});

it('takes the day of servedAt for other ids, and none for their outcomes', () => {
  expect(predictionDay('mine', now, 30)).toBe('2026-03-10');
  expect(predictionDay('0194a0b0-0000-4000-8000-000000000001', now, 30)).toBe('2026-03-10');
  expect(outcomeDay('mine', now, 30)).toBe(undatedDay);
});

it('does not let an id choose a day far away', () => {
  expect(dayOfId(idAt(now + 2 * day), now, 30)).toBeUndefined();
  expect(dayOfId(idAt(now - 31 * day), now, 30)).toBeUndefined();
  expect(dayOfId('ffffffff-ffff-7fff-bfff-ffffffffffff', now, 30)).toBeUndefined();
});

it('refuses what was served on a day that is gone or has not begun', () => {
  expect(undatable(now, now, 30)).toBeUndefined();
  expect(undatable(now + day + 1, now, 30)).toContain('ahead');
  expect(undatable(now - 30 * day - 1, now, 30)).toContain('30 days ago');
});

it('names days as they are, before 1970 too', () => {
  expect(dayOf(0)).toBe('1970-01-01');
  expect(dayOf(-1)).toBe('1969-12-31');
  expect(dayOf(now)).toBe('2026-03-10');
  expect(dayOf(now)).toBe('2026-03-10');
});
