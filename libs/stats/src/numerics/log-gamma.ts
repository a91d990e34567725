// Logarithms of the gamma and beta functions, for counts from parts of one up to many millions.

const { log, log1p, max, min } = Math;

/** Stirling's series needs an argument from here on for its last term to be below the rounding of a double. */
const enough = 12;
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const halfLogTwoPi = 0.5 * log(2 * Math.PI);

/** ln Gamma(x), x > 0: recurrence up to 12, then Stirling's series (Abramowitz and Stegun 6.1.41). Relative error about 1e-15. */
export function logGamma(x: number): number {
  let product = 1;
  let at = x;
  for (; at < enough; at += 1) product *= at;
  return (at - 0.5) * log(at) - at + halfLogTwoPi + series(at) - log(product);
}

/** What Stirling's formula lacks: ln Gamma(x) - ((x - 1/2) ln x - x + 1/2 ln 2 pi), x > 0; from 1/(12 x) on down. */
export function stirlingError(x: number): number {
  if (x >= enough) return series(x);
  return logGamma(x) - ((x - 0.5) * log(x) - x + halfLogTwoPi);
}

function series(x: number): number {
  const inverseSquare = 1 / (x * x);
  let sum = 0;
  for (const term of [...stirling].reverse()) sum = sum * inverseSquare + term;
  return sum / x;
}

/** ln B(a, b), a and b > 0. Of great arguments the great parts are taken away before they are computed (Didonato and Morris 1992). */
export function logBeta(a: number, b: number): number {
  const [small, great] = [min(a, b), max(a, b)];
  if (great < enough) return logGamma(a) + logGamma(b) - logGamma(a + b);
  const ratio = small / great;
  const errors = stirlingError(great) - stirlingError(small + great);
  if (small < enough) {
    return logGamma(small) - (great - 0.5) * log1p(ratio) - small * log(small + great) + small + errors;
  }
  const parts = (small - 0.5) * log(ratio / (1 + ratio)) - great * log1p(ratio) - 0.5 * log(great);
  return parts + halfLogTwoPi + stirlingError(small) + errors;
}
