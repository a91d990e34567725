// The normal distribution, far into its tails.
import { chiSquareTail } from './gamma-tail';

const { abs, exp, log, PI } = Math;

const halfLogTwoPi = 0.5 * log(2 * PI);

/** P(Z > z), with full relative accuracy down to the smallest double. */
export function normalTail(z: number): number {
  const half = chiSquareTail(z * z, 1) / 2;
  return z >= 0 ? half : 1 - half;
}

/** ln P(Z > z), where the tail itself may be far below the smallest double: the asymptotic series from z = 30 on (Abramowitz and Stegun 26.2.12). */
export function logNormalTail(z: number): number {
  if (z < 0) return Math.log1p(-chiSquareTail(z * z, 1) / 2);
  if (z < 30) return log(normalTail(z));
  const inverse = 1 / (z * z);
  const series = 1 - inverse * (1 - 3 * inverse * (1 - 5 * inverse * (1 - 7 * inverse * (1 - 9 * inverse))));
  return -0.5 * z * z - halfLogTwoPi - log(z) + log(series);
}

export function normalDensity(z: number): number {
  return exp(-0.5 * z * z - halfLogTwoPi);
}

/** z with P(Z > z) = p, p in (0, 1). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [0, 40];
  for (let step = 0; step < 80 && abs(high - low) > 1e-16 * high; step += 1) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
