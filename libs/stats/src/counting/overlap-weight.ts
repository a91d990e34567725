// Overlap weight of a record: what makes records of differing allocations comparable.
import { toFixed, type Fixed } from './fixed-point';

/** Weights by arm, in any unit that is the same for all arms (basis points). */
export type Weights = Readonly<Record<string, number>>;

/**
 * h = (1/w_a) / sum over arms k with w_k > 0 of 1/w_k, with the weights that the record itself was decided by. In (0,1];
 * two arms: 1 - w_a. An arm that its own record gave no weight has h = 0: it can be counted, not compared.
 * Reference: Li, Morgan and Zaslavsky 2018, "Balancing covariates via propensity score weighting" (the several-arm form: Li and Li 2019).
 */
export function overlapWeight(weights: Weights, arm: string): number {
  const own = Object.hasOwn(weights, arm) ? (weights[arm] ?? 0) : 0;
  if (own <= 0) return 0;
  // ascending: the same sum whatever the order in which the arms are named
  const compared = Object.values(weights)
    .filter((weight) => weight > 0)
    .sort((a, b) => a - b);
  return 1 / own / compared.reduce((sum, weight) => sum + 1 / weight, 0);
}

const known = new WeakMap<Weights, Map<string, Fixed>>();

/** The same, exactly. Records of one policy share their weights' object more often than not. */
export function fixedWeight(weights: Weights, arm: string): Fixed {
  let byArm = known.get(weights);
  if (!byArm) known.set(weights, (byArm = new Map<string, Fixed>()));
  const before = byArm.get(arm);
  if (before !== undefined) return before;
  const h = toFixed(overlapWeight(weights, arm));
  byArm.set(arm, h);
  return h;
}
