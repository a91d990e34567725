// Evidence that a share of labels is above (or below) a bound: a beta mixture of likelihood ratios in closed form.
import { logBetaTails } from './numerics/beta-tails';
import { logBeta } from './numerics/log-gamma';

/** above: harm, the alternative is a greater share; below: acceptance; both: two-sided. */
export type Side = 'above' | 'below' | 'both';

export interface BetaMixture {
  /** The share at the edge of the null hypothesis, in (0, 1). */
  readonly theta0: number;
  /** Prior Beta(concentration theta0, concentration (1 - theta0)), truncated to the side. */
  readonly concentration: number;
  /** Labels that count, of so many. */
  readonly count: number;
  readonly of: number;
  readonly side: Side;
}

/**
 * ln e = ln B(a+k, b+n-k)/B(a, b) - k ln theta0 - (n-k) ln(1 - theta0) + ln of the ratio of posterior to prior tail on the side of the alternative.
 * An e-process: at most 1 in the mean at any stopping time while the share is within the null.
 * Reference: Lindon and Malek 2022, "Anytime-valid inference for multinomial count data", section 3, with a truncated prior.
 */
export function logBetaMixture({ theta0, concentration, count, of, side }: BetaMixture): number {
  const [a, b] = [concentration * theta0, concentration * (1 - theta0)];
  const [countAfter, restAfter] = [a + count, b + of - count];
  const ratio = logBeta(countAfter, restAfter) - logBeta(a, b);
  const underNull = count * Math.log(theta0) + (of - count) * Math.log1p(-theta0);
  if (side === 'both') return ratio - underNull;
  const tail = side === 'above' ? 'upper' : 'lower';
  return ratio - underNull + logBetaTails(countAfter, restAfter, theta0)[tail] - logBetaTails(a, b, theta0)[tail];
}

/** One arm against a fixed share of failing units, concentration 1/share. More failures than units (moved from another arm) count as all. */
export function logOneArm(share: number, failures: number, units: number, side: 'above' | 'below'): number {
  return logBetaMixture({
    theta0: share,
    concentration: 1 / share,
    count: failures,
    of: Math.max(units, failures),
    side,
  });
}
