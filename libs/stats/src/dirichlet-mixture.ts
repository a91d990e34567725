// Evidence that counts over arms do not follow their weights: a Dirichlet mixture of multinomials against the weights themselves.
import { logGamma } from './numerics/log-gamma';

export interface WeighedCount {
  /** Share of the traffic, > 0; all of them add up to 1. */
  readonly share: number;
  readonly count: number;
}

/**
 * ln e = ln [Gamma(A)/prod Gamma(a_i)] [prod Gamma(a_i + n_i)/Gamma(A + n)] / prod t_i^n_i, a_i = concentration t_i, A = concentration.
 * Reference: Lindon and Malek 2022, equation 6.
 */
export function logDirichletEvidence(arms: readonly WeighedCount[], concentration: number): number {
  const n = arms.reduce((sum, { count }) => sum + count, 0);
  let log = logGamma(concentration) - logGamma(concentration + n);
  for (const { share, count } of arms) {
    const a = concentration * share;
    log += logGamma(a + count) - logGamma(a) - count * Math.log(share);
  }
  return log;
}
