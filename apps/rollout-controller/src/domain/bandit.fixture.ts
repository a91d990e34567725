// What a bandit's allocator says, for specs.
import { type WeightsAllocated } from '@weir/contracts';
import { later } from './rollout.fixture';

/** Of v1, v2 and v3, of which v2 leads; as of noon and a second for each sequence. */
export function allocationOf(
  changes: Partial<WeightsAllocated> = {},
  stop: Partial<WeightsAllocated['stop']> = {},
): WeightsAllocated {
  const { sequence = 1 } = changes;
  return {
    ...{ model: 'spam-filter', rollout: 'rollout-1', attempt: 1, stage: 0, epoch: 1, sequence },
    weights: { v1: 2_000, v2: 7_000, v3: 1_000 },
    probabilityBest: { v1: 0.2, v2: 0.7, v3: 0.1 },
    effectiveSamples: { v1: 400, v2: 500, v3: 300 },
    ...{ asOf: later(sequence * 1_000), offsets: {}, reason: 'cadence' },
    stop: {
      ...{ leader: 'v2', valueRemaining: 0.2, threshold: 0.01, separated: false, stop: false },
      ...{ sentence: 'Going on may still gain 20 % over v2.', ...stop },
    },
    ...changes,
  };
}

/** When the stop rule holds. */
export const stopping = { valueRemaining: 0, separated: true, stop: true, sentence: 'Little is left to be gained.' };
