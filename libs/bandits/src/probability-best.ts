// P(an arm's mean is the best of all): quadrature, so that the same posteriors give the same bits, whoever computes them.
import { mirrored, type Curve } from './curve';
import { aboutGreatest, curvesOf } from './curves';
import { fromPlace, panelBelow, places, placeWeights, points, span } from './panels';
import { type Direction, type Posterior } from './posterior';

// as constants of this module: what is imported is looked up at each use
const [size, nodes, nodeWeights, matrix] = [points, places, placeWeights, fromPlace];

/**
 * p_i = integral of f_i times the product over j != i of F_j, for each arm, from the greatest value down: every density is computed once a point, and its
 * integral gives F. Error below 1e-8; the sum is 1. One arm: [1]. All of one family (or normal and Student's).
 * Reference: Thompson 1933; Scott 2010, "A modern Bayesian look at the multi-armed bandit".
 */
export function probabilityBest(posteriors: readonly Posterior[], direction: Direction = 'up'): number[] {
  if (posteriors.length < 2) return posteriors.map(() => 1);
  const curves = curvesOf(aboutGreatest(posteriors));
  const masses = bestMasses(direction === 'up' ? curves : curves.map(mirrored));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return Array.from(masses, (mass) => mass / total);
}

/** The same without its sum made 1: how far that is from 1 is the error. */
export function bestMasses(curves: readonly Curve[]): Float64Array {
  const arms = curves.length;
  const masses = new Float64Array(arms);
  const above = new Float64Array(arms);
  const [density, below, prefix] = [1, 2, 3].map(() => new Float64Array(arms * size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const room = { density, below, prefix };
  const { low, high } = span(curves);
  for (let right = high; right > low;) {
    const left = panelBelow(curves, right, low);
    const panel = { middle: (left + right) / 2, half: (right - left) / 2, left };
    for (let arm = 0; arm < arms; arm += 1) fill(curves[arm] as Curve, arm, panel, above, room);
    gather(masses, panel.half, room);
    right = left;
  }
  return masses;
}

interface Room {
  /** By arm and place: f, F, and the product of the F of the arms before. */
  readonly density: Float64Array;
  readonly below: Float64Array;
  readonly prefix: Float64Array;
}

type Panel = Readonly<Record<'middle' | 'half' | 'left', number>>;

/** An arm's density and cumulative share at the places of a panel; `above` is its share above the panel, and is moved to its left end. */
function fill(curve: Curve, arm: number, panel: Panel, above: Float64Array, { density, below }: Room): void {
  const from = arm * size;
  const already = above[arm] as number;
  if (panel.left >= curve.right) {
    density.fill(0, from, from + size);
    below.fill(1, from, from + size);
    return;
  }
  const { middle, half } = panel;
  let whole = 0;
  for (let k = 0; k < size; k += 1) {
    const value = curve.at(middle + half * (nodes[k] as number));
    density[from + k] = value;
    whole += value * (nodeWeights[k] as number);
  }
  for (let i = 0, at = 0; i < size; i += 1) {
    let part = 0;
    for (let k = from; k < from + size; k += 1, at += 1) part += (matrix[at] as number) * (density[k] as number);
    const share = 1 - already - half * part;
    below[from + i] = share > 0 ? share : 0;
  }
  above[arm] = already + half * whole;
}

/** Adds what a panel holds of each arm's integral: products of all others by prefixes and suffixes, without dividing. */
function gather(masses: Float64Array, half: number, { density, below, prefix }: Room): void {
  const end = masses.length * size;
  for (let k = 0; k < size; k += 1) {
    let product = half * (nodeWeights[k] as number);
    for (let at = k; at < end; at += size) {
      prefix[at] = product;
      product *= below[at] as number;
    }
    product = 1;
    for (let arm = masses.length - 1, at = end - size + k; arm >= 0; arm -= 1, at -= size) {
      masses[arm] = (masses[arm] as number) + (density[at] as number) * (prefix[at] as number) * product;
      product *= below[at] as number;
    }
  }
}
