// Weights as basis points that sum to 10,000.

const whole = 10_000;

/** Nearest by the greatest remainder, ties to the arm that stands first: at most one basis point from each share, never below a floor in whole basis points. */
export function toBasisPoints(shares: readonly number[]): number[] {
  // a share that is a whole number but for its rounding is that number
  const exact = shares.map((share) => share * whole + 1e-7);
  const points = exact.map(Math.floor);
  const order = exact
    .map((value, arm) => ({ arm, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.arm - b.arm);
  const left = whole - points.reduce((sum, each) => sum + each, 0);
  for (const { arm } of order.slice(0, Math.max(0, left))) points[arm] = (points[arm] ?? 0) + 1;
  return points;
}
