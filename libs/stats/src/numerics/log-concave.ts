// The integral of exp(g) over a half-line for a log-concave g: the shape of every posterior of a log ratio here.
import { logSum } from './log-sum';

const { abs, cos, log, max, min } = Math;

export interface LogConcave {
  /** g(x), x >= 0. */
  readonly at: (x: number) => number;
  /** g'(x), falling. */
  readonly slope: (x: number) => number;
}

/** What lies below exp(-40) of the peak is not looked at: 4e-18 of it. */
const drop = 40;

/**
 * ln of the integral of exp(g(x)) over x >= 0, by Gauss-Legendre panels on both sides of the mode that shrink towards it.
 * Relative error about 1e-12 for g concave with a falling tail. The same numbers in give the same bits out.
 */
export function logIntegral(g: LogConcave): number {
  const mode = modeOf(g);
  const peak = g.at(mode);
  const right = reach(g, mode, peak, 1);
  const left = reach(g, mode, peak, -1);
  const terms: number[] = [];
  addPanels(terms, g, mode, right);
  if (left < mode) addPanels(terms, g, mode, left);
  return logSum(terms);
}

/** Where g is greatest on x >= 0. */
export function modeOf(g: LogConcave): number {
  if (g.slope(0) <= 0) return 0;
  let above = 1;
  while (g.slope(above) > 0 && above < 1e6) above *= 2;
  let below = above === 1 ? 0 : above / 2;
  for (let step = 0; step < 60; step += 1) {
    const middle = (below + above) / 2;
    if (g.slope(middle) > 0) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** How far from the mode g has fallen by the drop; not below 0. */
function reach(g: LogConcave, mode: number, peak: number, sign: 1 | -1): number {
  let width = 1e-6;
  const limit = sign === 1 ? Infinity : mode;
  while (width < limit && width < 1e6 && g.at(mode + sign * width) > peak - drop) width *= 2;
  return max(0, mode + sign * min(width, limit));
}

const cuts = [0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

function addPanels(terms: number[], g: LogConcave, from: number, to: number): void {
  for (let panel = 1; panel < cuts.length; panel += 1) {
    const start = from + (to - from) * (cuts[panel - 1] ?? 0);
    const end = from + (to - from) * (cuts[panel] ?? 1);
    const half = abs(end - start) / 2;
    for (const [node, weight] of gauss) terms.push(log(weight * half) + g.at((start + end) / 2 + half * node));
  }
}

/** Nodes and weights of Gauss-Legendre on (-1, 1), 16 points: roots of the Legendre polynomial by Newton's method. */
const gauss = legendre(16);

function legendre(points: number): readonly (readonly [node: number, weight: number])[] {
  return Array.from({ length: points }, (_, index) => {
    let x = cos((Math.PI * (index + 0.75)) / (points + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step += 1) {
      let [last, value] = [1, x];
      for (let k = 2; k <= points; k += 1) [last, value] = [value, ((2 * k - 1) * x * value - (k - 1) * last) / k];
      slope = (points * (x * value - last)) / (x * x - 1);
      x -= value / slope;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)];
  });
}
