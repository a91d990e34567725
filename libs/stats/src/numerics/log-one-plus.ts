// How far a logarithm is from its tangent: differences of great likelihoods without cancellation.

const { abs, log1p } = Math;

/** x - ln(1 + x), x > -1, with full relative accuracy near 0: with r = x/(2 + x) it is r x - 2(r^3/3 + r^5/5 + ...). */
export function tangentGap(x: number): number {
  if (abs(x) > 0.3) return x - log1p(x);
  const r = x / (2 + x);
  const square = r * r;
  let sum = 0;
  for (let odd = 25; odd >= 3; odd -= 2) sum = (sum + 1 / odd) * square;
  return r * (x - 2 * sum);
}
