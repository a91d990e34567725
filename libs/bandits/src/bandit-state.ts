// What a bandit has learnt: rewards by arm and bucket. A function of the outcomes alone, whatever their order, batches and repetitions.
import { addRewards, bucketOf, noRewards, rewardSums, type Buckets, type RewardSums } from './buckets';

/** One outcome as it counts: its prediction's arm and instant, its reward, and which of its revisions it is. */
export interface Outcome {
  /** Prediction, metric and item: of one identity only the greatest revision counts. */
  readonly identity: string;
  readonly revision: number;
  readonly arm: string;
  readonly servedAtMs: number;
  /** In the metric's unit; 0 to 1 for a binary metric: 0.9 counts 0.9. */
  readonly reward: number;
}

/** What an outcome changes, for the one that writes it down. */
export interface RewardChange {
  readonly arm: string;
  readonly bucket: number;
  readonly by: RewardSums;
}

export type BanditState = ReadonlyMap<string, Buckets>;

/**
 * What an outcome changes beside what is known of its identity: nothing where it is known already, the difference where it is revised.
 * @throws RangeError naming reward or servedAtMs where it is no finite number.
 */
export function rewardChanges(outcome: Outcome, known: Outcome | undefined, halfLifeMs: number): RewardChange[] {
  if (!Number.isFinite(outcome.reward)) throw new RangeError('reward must be a finite number');
  if (!Number.isFinite(outcome.servedAtMs)) throw new RangeError('servedAtMs must be a finite number');
  if (known && known.revision >= outcome.revision) return [];
  const change = (of: Outcome, times: 1 | -1): RewardChange => ({
    arm: of.arm,
    bucket: bucketOf(of.servedAtMs, halfLifeMs),
    by: rewardSums(of.reward, times),
  });
  return known ? [change(known, -1), change(outcome, 1)] : [change(outcome, 1)];
}

/** The state with changes made to it; buckets in which nothing is left are gone. */
export function learn(state: BanditState, changes: readonly RewardChange[]): BanditState {
  const next = new Map<string, Buckets>(state);
  const touched = new Map<string, Map<number, RewardSums>>();
  for (const { arm, bucket, by } of changes) {
    const buckets = touched.get(arm) ?? new Map(next.get(arm));
    touched.set(arm, buckets);
    const sums = addRewards(buckets.get(bucket) ?? noRewards, by);
    if (sums.n === 0 && sums.sum === 0n && sums.squares === 0n) buckets.delete(bucket);
    else buckets.set(bucket, sums);
  }
  for (const [arm, buckets] of touched) {
    if (buckets.size > 0) next.set(arm, buckets);
    else next.delete(arm);
  }
  return next;
}
