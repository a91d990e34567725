// For simulations: the KL-UCB index, for the four families of its paper, and the bound that no rule beats for long.

const { abs, exp, log, max, min, sqrt } = Math;

export type Divergence = (p: number, q: number) => number;

/** kl of two Bernoulli rates. */
export const bernoulliDivergence: Divergence = (p, q) => part(p, q) + part(1 - p, 1 - q);

const part = (p: number, q: number): number => (p === 0 ? 0 : q === 0 ? Infinity : p * log(p / q));

export const poissonDivergence: Divergence = (p, q) => q - p + part(p, q);

export const exponentialDivergence: Divergence = (p, q) => p / q - 1 - log(p / q);

/**
 * The greatest q >= mean with divergence(mean, q) <= budget, in [mean, upper]; budget = ln(t)/n (or with + c ln ln t).
 * Reference: Garivier and Cappe 2011, "The KL-UCB algorithm for bounded stochastic bandits and beyond".
 */
export function klUcbIndex(
  mean: number,
  budget: number,
  divergence: Divergence = bernoulliDivergence,
  upper = 1,
): number {
  let [low, high] = [mean, upper];
  while (high === Infinity || (upper === Infinity && divergence(mean, high) < budget)) {
    high = high === Infinity ? max(1, 2 * abs(mean)) : 2 * high;
  }
  for (let step = 0; step < 60 && high - low > 1e-12 * max(1, high); step += 1) {
    const middle = (low + high) / 2;
    if (divergence(mean, middle) <= budget) low = middle;
    else high = middle;
  }
  return low;
}

/** The same for normal rewards of that variance: in closed form. */
export function gaussianKlUcbIndex(mean: number, budget: number, variance: number): number {
  return mean + sqrt(2 * variance * budget);
}

/**
 * The Bernoulli index by Newton's method in -ln(1 - q), where the divergence is convex and nearly a line, from Pinsker's bound above it: for long simulations,
 * to 1e-9.
 */
export function quickKlUcbIndex(mean: number, budget: number): number {
  if (mean >= 1 || budget <= 0) return mean;
  let q = min(1 - 1e-12, mean + sqrt(budget / 2));
  let y = -log(1 - q);
  for (let step = 0; step < 40; step += 1) {
    const move = ((bernoulliDivergence(mean, q) - budget) * q) / (q - mean);
    if (!(abs(move) > 1e-9)) break;
    y -= move;
    q = 1 - exp(-y);
  }
  return q;
}

/** sum over arms below the best of (best - mean)/kl(mean, best): regret grows at least so often as ln t, in the end. Reference: Lai and Robbins 1985. */
export function laiRobbinsConstant(means: readonly number[]): number {
  const best = max(...means);
  return means.reduce((sum, mean) => (mean < best ? sum + (best - mean) / bernoulliDivergence(mean, best) : sum), 0);
}
