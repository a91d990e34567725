// Logarithms of the gamma and beta functions, for counts from parts of one up to many millions.

const { log } = Math;

/** Stirling's series needs an argument from here on for its last term to be below the rounding of a double. */
const enough = 12;
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const halfLogTwoPi = 0.5 * log(2 * Math.PI);

/** ln Gamma(x), x > 0: recurrence up to 12, then Stirling's series (Abramowitz and Stegun 6.1.41). Relative error about 1e-15. */
export function logGamma(x: number): number {
  let product = 1;
  let at = x;
  for (; at < enough; at += 1) product *= at;
  const inverseSquare = 1 / (at * at);
  let series = 0;
  for (const term of [...stirling].reverse()) series = series * inverseSquare + term;
  return (at - 0.5) * log(at) - at + halfLogTwoPi + series / at - log(product);
}

/** ln B(a, b), a and b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
