// How much might still be gained by going on: what the best arm might be better by than the one that is believed best.
import { rootBetween } from '@weir/stats';
import { type Curve } from './curve';
import { aboutGreatest, curvesOf, valueAt } from './curves';
import { panelBelow, places, placeWeights, points } from './panels';
import { posteriorMean, upperTail, type Direction, type Posterior } from './posterior';

/** Below it relative differences cannot be told from rounding. */
const least = 1e-6;

/**
 * The 95th percentile (or another) of V = |best of all - leader|/|leader|, all drawn from their posteriors: for means, which may be anything, relative to the
 * leader's posterior mean. 0: the leader is the best with that probability. Infinity: a leader whose mean is 0, or more than a million times.
 * Reference: Scott 2015, "Multi-armed bandit experiments in the online service economy", section 4.3; by quadrature instead of draws.
 */
export function valueRemaining(
  posteriors: readonly Posterior[],
  leader: number,
  direction: Direction = 'up',
  quantile = 0.95,
): number {
  const own = posteriors[leader];
  if (!own) throw new RangeError('leader must be the index of a posterior');
  const near = aboutGreatest(posteriors);
  const grid = leaderGrid(near, leader);
  const sign = direction === 'up' ? 1 : -1;
  const within = (remaining: number): number =>
    grid.reduce((sum, { value, weight }) => {
      const unit = 'mean' in own ? Math.abs(posteriorMean(own)) : value;
      return sum + weight * othersWithin(near, leader, sign, value + sign * remaining * unit);
    }, 0);
  if (within(0) >= quantile) return 0;
  if (within(1e6) < quantile) return Infinity;
  const inLog = (power: number): number => within(Math.exp(power)) - quantile;
  if (inLog(Math.log(least)) >= 0) return least;
  return Math.exp(rootBetween(inLog, Math.log(least), Math.log(1e6), 1e-4));
}

/** P(no other arm is better than the bound). */
function othersWithin(posteriors: readonly Posterior[], leader: number, sign: 1 | -1, bound: number): number {
  let product = 1;
  for (const [arm, posterior] of posteriors.entries()) {
    if (arm === leader) continue;
    const above = upperTail(posterior, bound);
    product *= sign === 1 ? 1 - above : above;
  }
  return product;
}

/** Values of the leader with their weights, in panels that suit all curves. */
function leaderGrid(posteriors: readonly Posterior[], leader: number): { value: number; weight: number }[] {
  const curves = curvesOf(posteriors).map(openLeft);
  const own = curves[leader];
  const kind = posteriors[leader]?.kind;
  if (!own || !kind) throw new RangeError('leader must be the index of a posterior');
  const grid: { value: number; weight: number }[] = [];
  for (let right = own.right; right > own.left;) {
    const left = panelBelow(curves, right, own.left);
    const [middle, half] = [(left + right) / 2, (right - left) / 2];
    for (let k = 0; k < points; k += 1) {
      const y = middle + half * (places[k] ?? 0);
      grid.push({ value: valueAt(kind, y), weight: half * (placeWeights[k] ?? 0) * own.at(y) });
    }
    right = left;
  }
  return grid;
}

/** Below its left end a curve asks for nothing. */
function openLeft(curve: Curve): Curve {
  return { ...curve, panel: (y) => (y <= curve.left ? Infinity : curve.panel(y)) };
}
