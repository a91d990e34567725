// Durations, shares and sizes as people write them.
import { byteSize, duration, share } from './quantities';

it.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
])('reads the duration %s as %d ms', (text, ms) => expect(duration.parse(text)).toBe(ms));

it.each(['0s', '-1s', '5', '5 m', '1w', '400d', '', 'NaNs', '1e3s'])('refuses the duration %j', (text) => {
  expect(duration.safeParse(text).success).toBe(false);
});

it.each([
  ['0%', 0],
  ['0.25%', 25],
  ['5%', 500],
  ['33.33%', 3333],
  ['100%', 10_000],
])('reads the share %s as %d basis points', (text, bps) => expect(share.parse(text)).toBe(bps));

it.each(['5', '-1%', '100.01%', '0.001%', '101%', '%', '1e1%'])('refuses the share %j', (text) => {
  expect(share.safeParse(text).success).toBe(false);
});

it.each([
  ['512B', 512],
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
])('reads the size %s as %d bytes', (text, bytes) => expect(byteSize.parse(text)).toBe(bytes));

it.each(['0B', '17MiB', '64KB', '64', '1.5MiB'])('refuses the size %j', (text) => {
  expect(byteSize.safeParse(text).success).toBe(false);
});
