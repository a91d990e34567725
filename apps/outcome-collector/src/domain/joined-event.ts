// The announcement that an outcome met its prediction, or that a zero metric's time is over.
import { type OutcomeJoined } from '@weir/contracts';
import { exclusionOf, type Decision } from './decision';
import { type Receipt } from './outcome';

/** What stands for the prediction: an outcome, or the lack of one. */
export type Announced =
  | { readonly state: 'joined'; readonly receipt: Receipt; readonly value: number }
  | { readonly state: 'expired'; readonly metric: string };

export function joinedEvent(decision: Decision, announced: Announced, countedAt: string): OutcomeJoined {
  const {
    predictionId,
    model,
    epoch,
    weights,
    arm,
    answeredBy,
    fallback = false,
    unit,
    propensity,
    servedAt,
  } = decision;
  const seenAt = announced.state === 'joined' ? announced.receipt.arrivedAt : countedAt;
  return {
    ...{ predictionId, model, epoch, weights, arm, answeredBy, fallback, unit, propensity, servedAt, countedAt },
    ...placeOf(decision),
    segment: decision.segment,
    context: decision.attributes ?? {},
    ...(announced.state === 'joined'
      ? counted(announced.receipt, announced.value)
      : { metric: announced.metric, value: 0, revision: 0 }),
    state: announced.state,
    delayMs: Math.max(0, Date.parse(seenAt) - Date.parse(servedAt)),
  };
}

/** What is never evidence is announced outside any rollout, so that no bandit learns from it. */
function placeOf(decision: Decision): Pick<OutcomeJoined, 'rollout' | 'stage' | 'step'> {
  const { rollout, stage, step } = decision;
  return exclusionOf(decision) === undefined ? { rollout, stage, step } : {};
}

function counted(
  receipt: Receipt,
  value: number,
): Pick<OutcomeJoined, 'metric' | 'item' | 'id' | 'value' | 'reported' | 'revision'> {
  const { metric, item, id, revision } = receipt;
  return { metric, item, id, revision, value, ...(receipt.value === value ? {} : { reported: receipt.value }) };
}
