// Evidence that counts over arms do not follow their weights: a Dirichlet mixture of multinomials against the weights themselves.
import { stirlingError } from './numerics/log-gamma';
import { tangentGap } from './numerics/log-one-plus';

const { log1p } = Math;

export interface WeighedCount {
  /** Share of the traffic, > 0; all of them add up to 1. */
  readonly share: number;
  readonly count: number;
}

/**
 * ln e = ln [Gamma(A)/prod Gamma(a_i)] [prod Gamma(a_i + n_i)/Gamma(A + n)] / prod t_i^n_i, a_i = concentration t_i, A = concentration.
 * Of great counts these terms are great and cancel; by Stirling's formula what is left of them, with b_i = a_i + n_i and N = A + n, is
 * N KL(b/N, t) - 1/2 sum ln(b_i/a_i) + 1/2 ln(N/A) and what the formula lacks.
 * Reference: Lindon and Malek 2022, equation 6.
 */
export function logDirichletEvidence(arms: readonly WeighedCount[], concentration: number): number {
  const n = arms.reduce((sum, { count }) => sum + count, 0);
  const all = concentration + n;
  let log = 0.5 * log1p(n / concentration) + stirlingError(concentration) - stirlingError(all);
  for (const { share, count } of arms) {
    const a = concentration * share;
    const off = (count - n * share) / (all * share);
    log += all * share * excess(off) - 0.5 * log1p(count / a) + stirlingError(a + count) - stirlingError(a);
  }
  return log;
}

/** (1 + x) ln(1 + x) - x, x > -1: from x^2/2 on up, without cancellation near 0. */
function excess(x: number): number {
  return x > -1 ? x * x - (1 + x) * tangentGap(x) : 1;
}
