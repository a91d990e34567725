// What keeps an allocation within its envelope: a floor for every arm, a cap for some, a greatest step at one update.

/** f + (1 - K f) w: each arm at least the floor, their order kept; equal shares where K f >= 1. Weights sum to 1. */
export function withFloor(weights: readonly number[], floor: number): number[] {
  const arms = weights.length;
  if (arms * floor >= 1) return weights.map(() => 1 / arms);
  return weights.map((weight) => floor + (1 - arms * floor) * weight);
}

/**
 * No arm above its cap: what is over goes to the others in the ratio of their weights (equally where they have none), again until it fits.
 * Caps that sum to less than 1 cannot be kept: they are then raised in one ratio.
 */
export function withCaps(weights: readonly number[], caps: readonly number[]): number[] {
  const room = caps.reduce((sum, cap) => sum + cap, 0);
  const limits = room < 1 ? caps.map((cap) => cap / room) : caps;
  let result = [...weights];
  for (let round = 0; round < weights.length; round += 1) {
    const over = result.reduce((sum, weight, arm) => sum + Math.max(0, weight - (limits[arm] ?? 1)), 0);
    if (over <= 1e-15) break;
    const open = result.map((weight, arm) => weight < (limits[arm] ?? 1));
    const openWeight = result.reduce((sum, weight, arm) => (open[arm] ? sum + weight : sum), 0);
    const openArms = open.filter(Boolean).length;
    result = result.map((weight, arm) => {
      if (!open[arm]) return limits[arm] ?? 1;
      return weight + over * (openWeight > 0 ? weight / openWeight : 1 / openArms);
    });
  }
  return result.map((weight, arm) => Math.min(weight, limits[arm] ?? 1));
}

/**
 * A part of the way from the previous weights to the wanted ones, such that none moves further than the step: the sum stays 1, nothing leaves its bounds that was
 * and will be within. `previous` may lack arms (0) or hold ones that are gone: it is made to sum to 1 over those that stay; nobody left: the wanted ones.
 */
export function withStep(wanted: readonly number[], previous: readonly number[], step: number): number[] {
  const total = previous.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return [...wanted];
  const from = previous.map((weight) => weight / total);
  const furthest = wanted.reduce((most, weight, arm) => Math.max(most, Math.abs(weight - (from[arm] ?? 0))), 0);
  if (furthest <= step) return [...wanted];
  return wanted.map((weight, arm) => (from[arm] ?? 0) + (step / furthest) * (weight - (from[arm] ?? 0)));
}
