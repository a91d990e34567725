// What an outcome teaches a bandit, beside what is known of it already.
import {
  claimSums,
  contextChange,
  rewardChanges,
  type ClaimSums,
  type ContextChange,
  type Outcome,
  type RewardChange,
} from '@weir/bandits';
import { type OutcomeJoined } from '@weir/contracts';
import { type BanditStage } from './bandit-stage';

/** An outcome as it was learnt: to be taken away again when a revision takes its place. */
export interface LearntOutcome extends Outcome {
  /** In force when its prediction was decided. */
  readonly weights: Readonly<Record<string, number>>;
  /** Attributes of its prediction; of a contextual bandit only. */
  readonly context?: Readonly<Record<string, string>> | null;
}

export interface Taught {
  readonly rewards: readonly RewardChange[];
  readonly claims: readonly { readonly arm: string; readonly by: ClaimSums }[];
  readonly contexts: readonly ContextChange[];
}

/**
 * A prediction that a fallback answered is its assigned arm's failure: the worst of a rate, nothing for a number, which has no worst value.
 * Undefined: it teaches nothing.
 */
export function outcomeOf(
  event: OutcomeJoined,
  { metric, likelihood, direction, context: features }: BanditStage,
): LearntOutcome | undefined {
  if (event.metric !== metric || (event.fallback && likelihood !== 'bernoulli')) return undefined;
  return {
    identity: `${event.predictionId} ${event.item ?? 0}`,
    revision: event.revision,
    arm: event.arm,
    servedAtMs: Date.parse(event.servedAt),
    reward: event.fallback ? (direction === 'up' ? 0 : 1) : event.value,
    weights: event.weights,
    ...(features && { context: declaredOf(event.context, features) }),
  };
}

/** No more than is learnt from. */
function declaredOf(attributes: OutcomeJoined['context'], features: NonNullable<BanditStage['context']>) {
  const names = new Set(features.map(({ attribute }) => attribute));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.has(name)));
}

/** Nothing for what is known; for a revision the difference. */
export function taughtBy(
  outcome: LearntOutcome,
  known: LearntOutcome | undefined,
  { halfLifeMs, context: features }: Pick<BanditStage, 'halfLifeMs' | 'context'>,
): Taught {
  const rewards = rewardChanges(outcome, known, halfLifeMs);
  if (rewards.length === 0) return { rewards, claims: [], contexts: [] };
  const taken = known ? [known] : [];
  const inContext = (of: LearntOutcome, times: 1 | -1): ContextChange[] =>
    features ? [contextChange({ ...of, attributes: of.context ?? {} }, { features, halfLifeMs }, times)] : [];
  return {
    rewards,
    claims: [
      ...taken.map((of) => ({ arm: of.arm, by: claimSums(of, -1) })),
      { arm: outcome.arm, by: claimSums(outcome) },
    ],
    contexts: [...taken.flatMap((of) => inContext(of, -1)), ...inContext(outcome, 1)],
  };
}
