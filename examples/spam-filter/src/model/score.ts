// A linear model's answer. One dot product over the features present: an inference library would add weight and nothing else.

export type Weights = ReadonlyMap<string, number>;

export function sumOfWeights(weights: Weights, features: Iterable<string>): number {
  let sum = 0;
  for (const feature of features) sum += weights.get(feature) ?? 0;
  return sum;
}

/** From log odds to a probability. */
export function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
