// The announcement that an outcome met its prediction, or that a zero metric's time is over.
import { type OutcomeJoined } from '@weir/contracts';
import { exclusionOf, type Decision } from './decision';
import { type Receipt } from './outcome';

/** What stands for the prediction: an outcome, or the lack of one. */
export type Announced =
  | { readonly state: 'joined'; readonly receipt: Receipt; readonly value: number }
  | { readonly state: 'expired'; readonly metric: string };

export function joinedEvent(decision: Decision, announced: Announced, countedAt: string): OutcomeJoined {
  // what is never evidence is announced outside any rollout, so that no bandit learns from it
  const place: Partial<Decision> = exclusionOf(decision) === undefined ? decision : {};
  const receipt = announced.state === 'joined' ? announced.receipt : undefined;
  const value = announced.state === 'joined' ? announced.value : 0;
  const seenAt = receipt?.arrivedAt ?? countedAt;
  return {
    predictionId: decision.predictionId,
    model: decision.model,
    rollout: place.rollout,
    attempt: place.attempt,
    stage: place.stage,
    step: place.step,
    epoch: decision.epoch,
    weights: decision.weights,
    arm: decision.arm,
    answeredBy: decision.answeredBy,
    fallback: decision.fallback ?? false,
    unit: decision.unit,
    segment: decision.segment,
    metric: announced.state === 'joined' ? announced.receipt.metric : announced.metric,
    item: receipt?.item,
    id: receipt?.id,
    value,
    reported: receipt?.value === value ? undefined : receipt?.value,
    state: announced.state,
    revision: receipt?.revision ?? 0,
    propensity: decision.propensity,
    context: decision.attributes ?? {},
    servedAt: decision.servedAt,
    countedAt,
    delayMs: Math.max(0, Date.parse(seenAt) - Date.parse(decision.servedAt)),
  };
}
