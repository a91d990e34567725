// Top-two Thompson sampling: for finding the best arm rather than earning meanwhile.

/**
 * w_i = p_i (1/2 + 1/2 sum over j != i of p_j/(1 - p_j)): half of the time the arm that a draw calls best, half of the time the best of another draw.
 * Reference: Russo 2020, "Simple Bayesian algorithms for best-arm identification". The sum is 1.
 */
export function topTwoWeights(probabilities: readonly number[]): number[] {
  if (probabilities.length < 2) return probabilities.map(() => 1);
  const certain = probabilities.findIndex((p) => p >= 1);
  if (certain >= 0) return secondUnknown(probabilities, certain);
  const odds = probabilities.map((p, index) => p / restOf(probabilities, index));
  const weights = probabilities.map((p, index) => {
    const others = odds.reduce((sum, odd, other) => (other === index ? sum : sum + odd), 0);
    return p * 0.5 * (1 + others);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** 1 - p, added up from the others: near certainty, 1 - p has no digits left. */
function restOf(probabilities: readonly number[], index: number): number {
  return probabilities.reduce((sum, p, other) => (other === index ? sum : sum + p), 0);
}

/** The limit as p of one arm goes to 1 while the others are alike. */
function secondUnknown(probabilities: readonly number[], certain: number): number[] {
  const others = probabilities.reduce((sum, p, index) => (index === certain ? sum : sum + p), 0);
  return probabilities.map((p, index) => {
    if (index === certain) return 0.5;
    return others > 0 ? (0.5 * p) / others : 0.5 / (probabilities.length - 1);
  });
}
