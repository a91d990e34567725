// Tails of the beta distribution in logarithms, where the tail itself may be far below the smallest double.
import { logBeta } from './log-gamma';
import { logOneMinus } from './log-sum';

const { abs, log, log1p, min } = Math;

export interface LogTails {
  /** ln P(Beta(a, b) <= x). */
  readonly lower: number;
  /** ln P(Beta(a, b) > x). */
  readonly upper: number;
}

/**
 * The regularised incomplete beta function by its continued fraction (DLMF 8.17.22, Lentz's method), on the side where it converges fast;
 * the other side is its complement. a, b > 0; 0 < x < 1.
 */
export function logBetaTails(a: number, b: number, x: number): LogTails {
  if (x < (a + 1) / (a + b + 2)) {
    const lower = min(0, logTailByFraction(a, b, x));
    return { lower, upper: logOneMinus(lower) };
  }
  const upper = min(0, logTailByFraction(b, a, 1 - x));
  return { lower: logOneMinus(upper), upper };
}

function logTailByFraction(a: number, b: number, x: number): number {
  return a * log(x) + b * log1p(-x) - log(a) - logBeta(a, b) + log(fraction(a, b, x));
}

const tiny = 1e-300;
const awayFromZero = (value: number): number => (abs(value) < tiny ? tiny : value);

function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  // the number of terms grows as the root of the counts: 20,000 are enough for 1e8
  for (let m = 1; m <= 20_000; m += 1) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / awayFromZero(1 + term * d);
      c = awayFromZero(1 + term / c);
      result *= c * d;
    }
    if (abs(c * d - 1) < 1e-16) break;
  }
  return result;
}
