// Numbers whose sums do not depend on the order of addition: whole multiples of 2^-32, as large as they need to be.

/** A number times 2^32, rounded. Sums and differences are exact. */
export type Fixed = bigint;

const scale = 2 ** 32;
const scaleBits = 32n;
const half = 1n << (scaleBits - 1n);

const one: Fixed = 1n << scaleBits;

/** Beyond this a value counts as this: squares, and sums of them, remain numbers that JSON can carry. */
const largest = 2 ** 400;

/** The nearest multiple of 2^-32 (2.3e-10); the value must be a number. */
export function toFixed(value: number): Fixed {
  if (value === 0) return 0n;
  if (value === 1) return one;
  return BigInt(Math.round(Math.min(Math.max(value, -largest), largest) * scale));
}

/** The nearest double: the number itself where it is a multiple of 2^-32 below 2^21 (2,097,152). */
export function fromFixed(fixed: Fixed): number {
  return Number(fixed) / scale;
}

/** Rounded to the nearest multiple, so that it is a function of the factors and of nothing else. */
export function multiplyFixed(a: Fixed, b: Fixed): Fixed {
  // most factors are one of these, and work with whole numbers of any size makes new ones
  if (a === 0n || b === 0n) return 0n;
  if (a === one) return b;
  if (b === one) return a;
  return (a * b + half) >> scaleBits;
}
