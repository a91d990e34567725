// Draws for simulations, from a seed: long enough for a hundred million of them.

/** Uniform in [0, 1). */
export type Random = () => number;

const { cos, exp, imul, log, PI, sqrt } = Math;

/** xoshiro128** (Blackman and Vigna 2018), its state filled by splitmix32. The same numbers for the same seed. */
export function randomFrom(seed: number): Random {
  let [a, b, c, d] = [0, 1, 2, 3].map((step) => splitMix((seed + imul(step + 1, 0x9e3779b9)) | 0)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const scrambled = imul(rotate(imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled / 2 ** 32;
  };
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function splitMix(state: number): number {
  const mixed = imul(state ^ (state >>> 16), 0x21f0aaad);
  const again = imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return again ^ (again >>> 15);
}

export function normalDraw(random: Random): number {
  return sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}

/** Gamma(shape, 1), shape above 0. Reference: Marsaglia and Tsang 2000. */
export function gammaDraw(random: Random, shape: number): number {
  if (shape < 1) return gammaDraw(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / sqrt(9 * d);
  for (;;) {
    const x = normalDraw(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && 1 - random() < exp(0.5 * x * x + d - d * v + d * log(v))) return d * v;
  }
}

export function betaDraw(random: Random, alpha: number, beta: number): number {
  const x = gammaDraw(random, alpha);
  return x / (x + gammaDraw(random, beta));
}
