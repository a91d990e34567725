// For simulations: rules that serve as a measure. Each gives an arm's index; the greatest is chosen, and stays so until there is feedback.

const { exp, log, max, sqrt } = Math;

/** m + sqrt(2 alpha ln t / n), alpha = 1: UCB1. Infinity for an arm without outcomes. Reference: Auer, Cesa-Bianchi and Fischer 2002. */
export function ucb1Index(mean: number, outcomes: number, steps: number): number {
  return outcomes === 0 ? Infinity : mean + sqrt((2 * log(steps)) / outcomes);
}

/** The tighter bound for rates that Chapelle and Li 2011 compare with: m + sqrt(2 m L/n) + 2 L/n, L = ln(t)/2. */
export function chernoffIndex(mean: number, outcomes: number, steps: number): number {
  if (outcomes === 0) return Infinity;
  const budget = (0.5 * log(steps)) / outcomes;
  return mean + sqrt(2 * mean * budget) + 2 * budget;
}

/** Shares of softmax exploration. `temperature` above 0. */
export function softmaxWeights(means: readonly number[], temperature: number): number[] {
  const greatest = max(...means);
  const powers = means.map((mean) => exp((mean - greatest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
