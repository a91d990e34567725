// The normal distribution, for plans: how much of a latency distribution lies above a multiple of a quantile.
import { chiSquareTail } from './gamma-tail';

/** P(Z > z). */
export function normalTail(z: number): number {
  const half = chiSquareTail(z * z, 1) / 2;
  return z >= 0 ? half : 1 - half;
}

/** z with P(Z > z) = p, p in (0, 1). */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
