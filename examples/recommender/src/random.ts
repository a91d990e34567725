// Seeded randomness: the same seed gives the same users, clicks and delays on every machine.

/** Draws from [0, 1). */
export type Random = () => number;

/** A stream of its own for each purpose (mulberry32). */
export function streamOf(seed: number, purpose: string): Random {
  let state = hash32(`${seed}/${purpose}`);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** FNV-1a over UTF-16 units with murmur's finish; 0..2^32-1. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}
