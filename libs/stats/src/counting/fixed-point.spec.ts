// Fixed-point numbers.
import fc from 'fast-check';
import { fromFixed, multiplyFixed, toFixed } from './fixed-point';

const ordinary = fc.double({ min: -2e6, max: 2e6, noNaN: true });

it('is within half of 2^-32 of the number', () => {
  fc.assert(
    fc.property(ordinary, (value) => {
      expect(Math.abs(fromFixed(toFixed(value)) - value)).toBeLessThanOrEqual(2 ** -33);
    }),
    { seed: 1 },
  );
});

it('is the number itself where that is whole, or a short binary fraction', () => {
  for (const value of [0, 1, -1, 0.5, 1_234.375, 2 ** 52, -(2 ** 300)]) expect(fromFixed(toFixed(value))).toBe(value);
});

it('limits what is beyond 2^400, and the square of that is still a number', () => {
  const largest = toFixed(Number.MAX_VALUE);
  expect(fromFixed(largest)).toBe(2 ** 400);
  expect(toFixed(-Infinity)).toBe(-largest);
  expect(fromFixed(1_000_000_000n * multiplyFixed(largest, largest))).toBe(1e9 * 2 ** 800);
});

it('multiplies to the nearest multiple, by one without a change', () => {
  fc.assert(
    fc.property(ordinary, ordinary, (a, b) => {
      const [x, y] = [toFixed(a), toFixed(b)];
      expect(multiplyFixed(x, toFixed(1))).toBe(x);
      expect(multiplyFixed(x, y)).toBe(multiplyFixed(y, x));
      const error = (multiplyFixed(x, y) << 32n) - x * y;
      expect(error <= 1n << 31n && error >= -(1n << 31n)).toBe(true);
    }),
    { seed: 2 },
  );
});
