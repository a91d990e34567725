// What an outcome teaches a bandit, beside what is known of it already.
import { claimSums, rewardChanges, type ClaimSums, type Outcome, type RewardChange } from '@weir/bandits';
import { type OutcomeJoined } from '@weir/contracts';
import { type BanditStage } from './bandit-stage';

/** An outcome as it was learnt: to be taken away again when a revision takes its place. */
export interface LearntOutcome extends Outcome {
  /** In force when its prediction was decided. */
  readonly weights: Readonly<Record<string, number>>;
}

export interface Taught {
  readonly rewards: readonly RewardChange[];
  readonly claims: readonly { readonly arm: string; readonly by: ClaimSums }[];
}

/**
 * A prediction that a fallback answered is its assigned arm's failure: 0 for a rate, nothing for a number, which has no worst value.
 * Undefined: it teaches nothing.
 */
export function outcomeOf(event: OutcomeJoined, { metric, likelihood }: BanditStage): LearntOutcome | undefined {
  if (event.metric !== metric || (event.fallback && likelihood !== 'bernoulli')) return undefined;
  return {
    identity: `${event.predictionId} ${event.item ?? 0}`,
    revision: event.revision,
    arm: event.arm,
    servedAtMs: Date.parse(event.servedAt),
    reward: event.fallback ? 0 : event.value,
    weights: event.weights,
  };
}

/** Nothing for what is known; for a revision the difference. */
export function taughtBy(outcome: LearntOutcome, known: LearntOutcome | undefined, halfLifeMs: number): Taught {
  const rewards = rewardChanges(outcome, known, halfLifeMs);
  if (rewards.length === 0) return { rewards, claims: [] };
  const claims = [{ arm: outcome.arm, by: claimSums(outcome) }];
  return { rewards, claims: known ? [{ arm: known.arm, by: claimSums(known, -1) }, ...claims] : claims };
}
