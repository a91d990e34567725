// An outcome as callers see it: without what only the join needs.
import { type Receipt } from '../../domain/outcome';

export type PresentedOutcome = Pick<
  Receipt,
  | 'metric'
  | 'item'
  | 'id'
  | 'value'
  | 'revision'
  | 'occurredAt'
  | 'arrivedAt'
  | 'source'
  | 'state'
  | 'reason'
  | 'counted'
  | 'replaced'
>;

export function presentOutcome(receipt: Receipt): PresentedOutcome {
  const { metric, item, id, value, revision, occurredAt, arrivedAt, source, state, reason, counted, replaced } =
    receipt;
  return { metric, item, id, value, revision, occurredAt, arrivedAt, source, state, reason, counted, replaced };
}
