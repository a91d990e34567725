// The world changes: after the best arm has swapped, the bandit follows.
import { allocate, type AllocationPlan } from './allocate';
import { learn, rewardChanges, type BanditState } from './bandit-state';
import { randomFrom } from './simulation/random';

const halfLifeMs = 640_000;
const updateMs = 20_000;
const perUpdate = 200;
const plan: AllocationPlan = {
  ...{ algorithm: 'thompson', likelihood: 'bernoulli', direction: 'up', halfLifeMs },
  ...{ arms: ['v1', 'v2'], floor: 0.01 },
};

/** Half-lives from the swap until the new best arm has 90 % of the traffic. */
function recovery(seed: number, direction: 'up' | 'down'): number {
  const random = randomFrom(seed);
  const [good, bad] = direction === 'up' ? [0.3, 0.2] : [0.2, 0.3];
  let state: BanditState = new Map();
  let weights: Readonly<Record<string, number>> = { v1: 5_000, v2: 5_000 };
  const swapped = 160;
  for (let update = 0; update < 2 * swapped; update += 1) {
    const rates = update < swapped ? { v1: good, v2: bad } : { v1: bad, v2: good };
    const atMs = update * updateMs;
    const changes = Array.from({ length: perUpdate }, (_, index) => {
      const arm = random() * 10_000 < (weights['v1'] ?? 0) ? 'v1' : 'v2';
      const reward = random() < rates[arm] ? 1 : 0;
      const found = { identity: `${update}-${index}`, revision: 0, arm, servedAtMs: atMs, reward };
      return rewardChanges(found, undefined, halfLifeMs);
    }).flat();
    state = learn(state, changes);
    weights = allocate(state, { ...plan, direction }, atMs, weights).weights;
    if (update === swapped - 1) expect(weights['v1']).toBeGreaterThanOrEqual(9_000);
    if (update >= swapped && (weights['v2'] ?? 0) >= 9_000) return ((update - swapped + 1) * updateMs) / halfLifeMs;
  }
  return Infinity;
}

it.each(['up', 'down'] as const)(
  'has 90 % of the traffic within 7.2 half-lives (5/(1 - gamma) outcomes), %s',
  (direction) => {
    const found = Array.from({ length: 4 }, (_, seed) => recovery(seed + 1, direction));
    expect(Math.max(...found)).toBeLessThanOrEqual(7.2);
  },
);
