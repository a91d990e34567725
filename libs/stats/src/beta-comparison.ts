// Two rates with beta posteriors: chance to win and expected loss, by quadrature.
import { type ExpectedLoss } from './lift-posterior';
import { logBetaTails } from './numerics/beta-tails';
import { gaussNodes } from './numerics/gauss-legendre';
import { logBeta } from './numerics/log-gamma';

const { exp, log, log1p, max, min, sqrt } = Math;

/** A density of fewer successes is a power of x that no polynomial follows down to 0. */
const few = 20;

/** Prior included: of s successes in n with prior Beta(a, b) it is a + s, b + n - s. Both above 0. */
export interface BetaPosterior {
  readonly alpha: number;
  readonly beta: number;
}

/**
 * P(arm > baseline), or less with direction down: the integral of the arm's density times the baseline's cumulative share. Error about 1e-10,
 * also where a posterior of few successes rises without bound at 0.
 */
export function betaChanceToWin(arm: BetaPosterior, baseline: BetaPosterior, direction: 'up' | 'down'): number {
  const tail = direction === 'up' ? 'lower' : 'upper';
  const constant = -logBeta(arm.alpha, arm.beta);
  const density = (x: number, rest: number): number =>
    constant + (arm.alpha - 1) * logOf(x, rest) + (arm.beta - 1) * logOf(rest, x);
  const found = integral((x, rest) => exp(density(x, rest) + tails(baseline, x, rest)[tail]), [arm, baseline], {
    below: (x) => {
      const both = bothBeyond(arm, baseline, x);
      return direction === 'up' ? both : exp(tails(arm, x, 1 - x).lower) - both;
    },
    above: (rest) => {
      const both = bothBeyond(mirrored(arm), mirrored(baseline), rest);
      return direction === 'up' ? exp(tails(arm, 1 - rest, rest).upper) - both : both;
    },
  });
  return min(1, found);
}

/** P(baseline < arm < x) for x so small that densities are powers of it. */
function bothBeyond(arm: BetaPosterior, baseline: BetaPosterior, x: number): number {
  const [one, other] = [tails(arm, x, 1 - x).lower, tails(baseline, x, 1 - x).lower];
  return (exp(one + other) * arm.alpha) / (arm.alpha + baseline.alpha);
}

/** E max(0, a - b) = integral of P(b <= x) P(a > x): no difference of near numbers. In the unit of rates. */
export function betaExpectedLoss(arm: BetaPosterior, baseline: BetaPosterior, direction: 'up' | 'down'): ExpectedLoss {
  const excess = (greater: BetaPosterior, less: BetaPosterior): number =>
    integral((x, rest) => exp(tails(less, x, rest).lower + tails(greater, x, rest).upper), [greater, less]);
  const [more, fewer] = [excess(arm, baseline), excess(baseline, arm)];
  return direction === 'up'
    ? { choosingBaseline: more, choosingArm: fewer }
    : { choosingBaseline: fewer, choosingArm: more };
}

const tails = ({ alpha, beta }: BetaPosterior, x: number, rest: number) => logBetaTails(alpha, beta, x, rest);

const logOf = (x: number, rest: number): number => (x > 0.5 ? log1p(-rest) : log(x));

/** Of a place and its distance from 1. */
type Integrand = (x: number, rest: number) => number;

const mirrored = ({ alpha, beta }: BetaPosterior): BetaPosterior => ({ alpha: beta, beta: alpha });

/** What an integral has between 0 and a place near it, and between a place near 1, by its distance from 1, and 1. */
interface Ends {
  readonly below: (x: number) => number;
  readonly above: (rest: number) => number;
}

const nothing: Ends = { below: () => 0, above: () => 0 };

/** Each half from its own end, where numbers are small and exact. */
function integral(at: Integrand, posteriors: readonly BetaPosterior[], { below, above }: Ends = nothing): number {
  return lowerHalf(at, posteriors, below) + lowerHalf((rest, x) => at(x, rest), posteriors.map(mirrored), above);
}

/**
 * Panels a standard deviation wide around each posterior's mean, out to twelve of them, from there on each twice as wide as the one before; and ever narrower
 * towards 0 where a density has a power there, whose last piece is `end`.
 */
function lowerHalf(at: Integrand, posteriors: readonly BetaPosterior[], end: (x: number) => number): number {
  const rising = posteriors.some(({ alpha }) => alpha < few);
  const cuts = new Set<number>([0, 0.5]);
  for (const { alpha, beta } of posteriors) {
    const n = alpha + beta;
    const [mean, deviation] = [alpha / n, sqrt(((alpha / n) * (beta / n)) / (n + 1))];
    for (let k = -12; k <= 12; k += 1) cuts.add(min(0.5, max(0, mean + k * deviation)));
    for (let far = 24 * deviation; mean + far < 0.5; far *= 2) cuts.add(mean + far);
    for (let k = -60; rising && k <= 60; k += 1) cuts.add(min(0.5, mean * 2 ** k));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  let sum = rising ? end(edges[1] ?? 0.5) : 0;
  for (let k = rising ? 2 : 1; k < edges.length; k += 1)
    for (const { x, weight } of gaussNodes(edges[k - 1] ?? 0, edges[k] ?? 0.5)) sum += weight * at(x, 1 - x);
  return sum;
}
