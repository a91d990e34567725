// Tails of the beta distribution in logarithms, where the tail itself may be far below the smallest double.
import { logBeta, stirlingError } from './log-gamma';
import { tangentGap } from './log-one-plus';
import { logOneMinus } from './log-sum';

const { abs, log, log1p, min, PI } = Math;

export interface LogTails {
  /** ln P(Beta(a, b) <= x). */
  readonly lower: number;
  /** ln P(Beta(a, b) > x). */
  readonly upper: number;
}

/**
 * The regularised incomplete beta function by its continued fraction (DLMF 8.17.22, Lentz's method), on the side where it converges fast;
 * the other side is its complement. a, b > 0; 0 < x < 1; `rest` is 1 - x, where it is known better than by subtraction.
 */
export function logBetaTails(a: number, b: number, x: number, rest = 1 - x): LogTails {
  if (x < (a + 1) / (a + b + 2)) {
    const lower = min(0, logTailByFraction(a, b, x, rest));
    return { lower, upper: logOneMinus(lower) };
  }
  const upper = min(0, logTailByFraction(b, a, rest, x));
  return { lower: logOneMinus(upper), upper };
}

function logTailByFraction(a: number, b: number, x: number, rest: number): number {
  return logPowers(a, b, x, rest) - log(a) + log(fraction(a, b, x));
}

/** ln of x^a (1-x)^b / B(a, b); for two great counts around the mean, where all three are great and cancel (Didonato and Morris 1992). */
function logPowers(a: number, b: number, x: number, rest: number): number {
  if (min(a, b) < 12) return a * logOf(x, rest) + b * logOf(rest, x) - logBeta(a, b);
  const off = x < rest ? a - (a + b) * x : (a + b) * rest - b;
  const distance = a * tangentGap(-off / a) + b * tangentGap(off / b);
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(a + b);
  return 0.5 * (log(a) - log1p(a / b) - log(2 * PI)) - distance - errors;
}

const logOf = (x: number, rest: number): number => (x > 0.5 ? log1p(-rest) : log(x));

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
