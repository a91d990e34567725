// Weights that say the same are one object.
import { sharedWeights } from './shared-weights';

it('gives the object that said the same before, and never one that says something else', () => {
  const half = { v1: 5_000, v2: 5_000 };
  expect(sharedWeights(half)).toBe(half);
  expect(sharedWeights({ v1: 5_000, v2: 5_000 })).toBe(half);
  const others: Record<string, number>[] = [
    { v1: 5_000, v3: 5_000 },
    { v1: 4_000, v2: 6_000 },
    { v1: 10_000 },
    { v2: 5_000, v1: 5_000 },
  ];
  for (const other of others) expect(sharedWeights(other)).toBe(other);
});

it('forgets, and does not grow, where allocations are many', () => {
  const first = { v1: 9_999, v2: 1 };
  sharedWeights(first);
  for (let weight = 0; weight < 1_500; weight += 1) sharedWeights({ v1: weight });
  const again = { v1: 9_999, v2: 1 };
  expect(sharedWeights(again)).toBe(again);
});
