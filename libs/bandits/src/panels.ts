// Quadrature in panels of sixteen Gauss points, with the matrix that integrates a function known at them from each of them on.
import { gaussNodes } from '@weir/stats';
import { type Curve } from './curve';

export const points = 16;

/** On (-1, 1), descending. */
const nodes = gaussNodes(-1, 1).sort((a, b) => b.x - a.x);
export const places = Float64Array.from(nodes, ({ x }) => x);
export const placeWeights = Float64Array.from(nodes, ({ weight }) => weight);

/** Row i, column k: the integral from place i to 1 of the polynomial that is 1 at place k and 0 at the others, by its Legendre series. */
export const fromPlace = Float64Array.from({ length: points * points }, (_, index) => {
  const [i, k] = [Math.floor(index / points), index % points];
  const [here, there] = [legendre(places[i] ?? 0), legendre(places[k] ?? 0)];
  let sum = 1 - (places[i] ?? 0);
  for (let m = 1; m < points; m += 1) sum += (there[m] ?? 0) * ((here[m - 1] ?? 0) - (here[m + 1] ?? 0));
  return (sum * (placeWeights[k] ?? 0)) / 2;
});

/** P_0 to P_16 at x. */
function legendre(x: number): number[] {
  const values = [1, x];
  for (let m = 2; m <= points; m += 1)
    values.push(((2 * m - 1) * x * (values[m - 1] ?? 0) - (m - 1) * (values[m - 2] ?? 0)) / m);
  return values;
}

/** Where the greatest of the curves' variables can be: below, one of them is certainly above. */
export function span(curves: readonly Curve[]): { readonly low: number; readonly high: number } {
  let [low, high] = [-Infinity, -Infinity];
  for (const { left, right } of curves) {
    low = Math.max(low, left);
    high = Math.max(high, right);
  }
  return { low, high };
}

/** The left end of the panel whose right end is given: as far as every curve allows, not below `low`. */
export function panelBelow(curves: readonly Curve[], right: number, low: number): number {
  let left = low;
  for (const curve of curves) {
    const own = leftEnd(curve, right);
    // a panel narrower than the doubles around it could never be passed
    if (own > left && own < right) left = own;
  }
  return left;
}

/** From far above its curve a panel ends where the curve begins. */
function leftEnd(curve: Curve, right: number): number {
  if (right <= curve.right) return right - curve.panel(right);
  const width = curve.panel(curve.right);
  return right - curve.right > width ? curve.right : right - width;
}
