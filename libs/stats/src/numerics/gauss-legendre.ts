// Gauss-Legendre quadrature: sixteen points a panel, exact for polynomials up to degree 31.

const { cos, PI } = Math;

export interface Node {
  readonly x: number;
  readonly weight: number;
}

/** Nodes and weights on (-1, 1): roots of the Legendre polynomial by Newton's method. */
const unit = legendre(16);

/** The same on (from, to); to below from gives positive weights as well. */
export function gaussNodes(from: number, to: number): Node[] {
  const [middle, half] = [(from + to) / 2, Math.abs(to - from) / 2];
  return unit.map(({ x, weight }) => ({ x: middle + half * x, weight: weight * half }));
}

function legendre(points: number): readonly Node[] {
  return Array.from({ length: points }, (_, index) => {
    let x = cos((PI * (index + 0.75)) / (points + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step += 1) {
      let [last, value] = [1, x];
      for (let k = 2; k <= points; k += 1) [last, value] = [value, ((2 * k - 1) * x * value - (k - 1) * last) / k];
      slope = (points * (x * value - last)) / (x * x - 1);
      x -= value / slope;
    }
    return { x, weight: 2 / ((1 - x * x) * slope * slope) };
  });
}
