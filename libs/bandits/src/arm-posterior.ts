// From what arms have earned to what is believed of them.
import { type DiscountedSums } from './buckets';
import { type BetaBelief, type GammaBelief, type Posterior, type StudentBelief } from './posterior';

/** bernoulli: rewards from 0 to 1; numeric: any; counts: whole numbers from 0 on; normal: numeric, its variance taken as known. */
export type Likelihood = 'bernoulli' | 'numeric' | 'normal' | 'counts';

/** Of each arm its posterior, in the same order. Priors weigh as much as one or two outcomes and are the same for all arms. */
export function posteriorsOf(likelihood: Likelihood, arms: readonly DiscountedSums[]): Posterior[] {
  switch (likelihood) {
    case 'bernoulli':
      return arms.map(betaOf);
    case 'counts':
      return countsOf(arms);
    case 'numeric':
      return numericOf(arms);
    case 'normal':
      return numericOf(arms).map(({ mean, scale }) => ({ kind: 'normal', mean, standardError: scale }));
  }
}

/** Beta(1, 1) before: a reward r is r of a success and 1 - r of a failure. Rounding never makes either negative. */
function betaOf({ n, sum }: DiscountedSums): BetaBelief {
  const successes = Math.min(Math.max(sum, 0), n);
  return { kind: 'beta', alpha: 1 + successes, beta: 1 + n - successes };
}

/** Gamma(1, 1/pooled mean) before: one prediction that was as good as the average. */
function countsOf(arms: readonly DiscountedSums[]): GammaBelief[] {
  const { n, sum } = pooled(arms);
  const rate = n > 0 && sum > 0 ? n / sum : 1;
  return arms.map((arm) => ({ kind: 'gamma', shape: 1 + Math.max(0, arm.sum), rate: rate + arm.n }));
}

/** Outcomes that the prior of a mean and of a variance weigh as much as. */
const priorOutcomes = 1;
const priorDegrees = 2;

/**
 * Normal-inverse-gamma around the mean and the variance of all outcomes: mean m and n outcomes with squares S about m give Student's t with
 * 2 a degrees of freedom, a = 1 + n/2, at (m0 + n m)/(1 + n), scale sqrt(b/(a (1 + n))), b = v0 + (S + n (m - m0)^2/(1 + n))/2.
 * Reference: Murphy 2007, "Conjugate Bayesian analysis of the Gaussian distribution", section 6.
 */
function numericOf(arms: readonly DiscountedSums[]): StudentBelief[] {
  const all = pooled(arms);
  const centre = all.n > 0 ? all.sum / all.n : 0;
  const variance = spreadOf(all, centre);
  return arms.map(({ n, sum, squares }) => {
    const weight = priorOutcomes + n;
    const mean = n > 0 ? sum / n : centre;
    const own = n > 0 ? Math.max(0, squares - n * mean * mean) : 0;
    const shift = (priorOutcomes * n * (mean - centre) ** 2) / weight;
    const a = (priorDegrees + n) / 2;
    const b = (priorDegrees * variance + own + shift) / 2;
    return {
      kind: 'student',
      mean: (priorOutcomes * centre + sum) / weight,
      scale: Math.sqrt(b / (a * weight)),
      degreesOfFreedom: 2 * a,
    };
  });
}

/** Of all outcomes together; 1 where there are none. Never 0: outcomes that have all been alike say little of the next. */
function spreadOf({ n, squares }: DiscountedSums, centre: number): number {
  if (n <= 0) return 1;
  const found = squares / n - centre * centre;
  return Math.max(found, 1e-9 * (squares / n), 1e-12);
}

function pooled(arms: readonly DiscountedSums[]): DiscountedSums {
  const sums = { n: 0, sum: 0, squares: 0 };
  for (const arm of arms) {
    sums.n += arm.n;
    sums.sum += arm.sum;
    sums.squares += arm.squares;
  }
  return sums;
}
