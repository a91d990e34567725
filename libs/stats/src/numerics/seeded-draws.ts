// Draws from a seed: a plan says the same today and tomorrow.

/** Uniform in [0, 1). */
export type Random = () => number;

const { cos, exp, imul, log, max, min, PI, round, sqrt } = Math;

/** The same sequence for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(random: Random): number {
  return sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}

/** Poisson: by inversion below a mean of 30, above by the normal that is then as good as it. */
export function poisson(random: Random, mean: number): number {
  if (mean > 30) return max(0, round(mean + sqrt(mean) * normal(random)));
  let [count, mass] = [0, exp(-mean)];
  for (let left = random() - mass; left > 0 && count < 200; left -= mass) {
    count += 1;
    mass *= mean / count;
  }
  return count;
}

/** How many of n happen: few by Poisson or one by one, many by the normal. */
export function binomial(random: Random, n: number, p: number): number {
  if (n === 0 || p <= 0) return 0;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  if (n <= 30) {
    let count = 0;
    for (let each = 0; each < n; each += 1) if (random() < p) count += 1;
    return count;
  }
  if (n * p <= 30) return min(n, poisson(random, n * p));
  return min(n, max(0, round(n * p + sqrt(n * p * (1 - p)) * normal(random))));
}
