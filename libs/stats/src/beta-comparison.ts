// Two rates with beta posteriors: chance to win and expected loss, by quadrature.
import { type ExpectedLoss } from './lift-posterior';
import { logBetaTails } from './numerics/beta-tails';
import { gaussNodes } from './numerics/gauss-legendre';
import { logBeta } from './numerics/log-gamma';

const { exp, log, log1p, max, min, sqrt } = Math;

/** Prior included: of s successes in n with prior Beta(a, b) it is a + s, b + n - s. Both above 0. */
export interface BetaPosterior {
  readonly alpha: number;
  readonly beta: number;
}

/** P(arm > baseline), or less with direction down: the integral of the arm's density times the baseline's cumulative share. Error about 1e-10. */
export function betaChanceToWin(arm: BetaPosterior, baseline: BetaPosterior, direction: 'up' | 'down'): number {
  const tail = direction === 'up' ? 'lower' : 'upper';
  const constant = -logBeta(arm.alpha, arm.beta);
  const density = (x: number, rest: number): number =>
    constant + (arm.alpha - 1) * logOf(x, rest) + (arm.beta - 1) * logOf(rest, x);
  return min(
    1,
    integral((x, rest) => exp(density(x, rest) + tails(baseline, x, rest)[tail]), [arm, baseline]),
  );
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

/** Each half from its own end, where numbers are small and exact. */
function integral(at: Integrand, posteriors: readonly BetaPosterior[]): number {
  const mirrored = posteriors.map(({ alpha, beta }) => ({ alpha: beta, beta: alpha }));
  return lowerHalf(at, posteriors) + lowerHalf((rest, x) => at(x, rest), mirrored);
}

/** Panels a standard deviation wide around each posterior's mean, out to twelve of them, and ever narrower towards a density that rises at 0. */
function lowerHalf(at: Integrand, posteriors: readonly BetaPosterior[]): number {
  const cuts = new Set<number>([0, 0.5]);
  for (const { alpha, beta } of posteriors) {
    const n = alpha + beta;
    const [mean, deviation] = [alpha / n, sqrt(((alpha / n) * (beta / n)) / (n + 1))];
    for (let k = -12; k <= 12; k += 1) cuts.add(min(0.5, max(0, mean + k * deviation)));
    for (let k = 1; alpha < 2 && k <= 120; k += 1) cuts.add(min(0.5, mean) * 0.5 ** k);
  }
  const edges = [...cuts].sort((a, b) => a - b);
  let sum = 0;
  for (let k = 1; k < edges.length; k += 1)
    for (const { x, weight } of gaussNodes(edges[k - 1] ?? 0, edges[k] ?? 0.5)) sum += weight * at(x, 1 - x);
  return sum;
}
