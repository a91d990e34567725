// Keeps the newest policy of each model: its metrics, and the windows and periods of the stages that run.
import { type Chunk } from '@weir/bus';
import { type PolicyPublished } from '@weir/contracts';
import { attemptOf } from './domain/decision';
import { stageClockOf } from './domain/evidence-window';
import { type Transactions } from './ports';

export class FollowPolicy {
  constructor(private readonly transactions: Transactions) {}

  follow(chunk: Chunk<PolicyPublished>): Promise<void> {
    return this.transactions.once(chunk, async (store, fresh) => {
      for (const { event } of fresh) {
        if (!(await store.keepPolicy(event))) continue;
        const stages = event.slices.map((slice) => ({
          ...attemptOf(slice),
          stage: slice.stage,
          clock: stageClockOf(slice),
        }));
        await store.keepStages(event.model, stages);
      }
    });
  }
}
