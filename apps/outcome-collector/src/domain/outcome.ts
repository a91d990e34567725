// An outcome as it was received, and what became of it.
import { type OutcomeReported } from '@weir/contracts';

/**
 * pending: its prediction is not there yet; joined: met its prediction in time; late: came after its time: stored, never evidence;
 * duplicate: the same again; orphan: pending for longer than its time; rejected: not what its metric takes, or in conflict.
 */
export type OutcomeState = 'joined' | 'pending' | 'late' | 'duplicate' | 'orphan' | 'rejected';

/** Why an outcome was rejected: docs/errors.md explains each. */
export type Rejection = 'invalid-value' | 'read-from-answer' | 'conflict';

export const outcomeStates: readonly OutcomeState[] = ['joined', 'late', 'duplicate', 'orphan', 'pending', 'rejected'];

export interface Incoming {
  readonly outcome: OutcomeReported;
  /** By the clock of the broker or of the database, never by the producer's. */
  readonly arrivedAt: string;
  readonly source: 'http' | 'kafka';
}

/** One outcome received, once. The first of its identity is attempt 0. */
export interface Receipt {
  readonly predictionId: string;
  readonly metric: string;
  readonly identity: string;
  readonly attempt: number;
  readonly item?: number | undefined;
  readonly id?: string | undefined;
  readonly value: OutcomeReported['value'];
  readonly revision: number;
  readonly occurredAt?: string | undefined;
  readonly arrivedAt: string;
  readonly source: 'http' | 'kafka';
  readonly state: OutcomeState;
  /** Why it was rejected. */
  readonly reason?: Rejection | undefined;
  /** Known once its prediction is. */
  readonly model?: string | undefined;
  /** What it counts for: absent unless joined to a known metric. */
  readonly counted?: number | undefined;
  /** A greater revision took its place. */
  readonly replaced: boolean;
}

/** An id is unique within its prediction and metric; by default there is one outcome per item. */
export function identityOf(outcome: OutcomeReported): string {
  if (outcome.id !== undefined) return `id:${outcome.id}`;
  return outcome.item === undefined ? 'item' : `item:${outcome.item}`;
}

export function receiptKey(receipt: Pick<Receipt, 'predictionId' | 'metric' | 'identity'>): string {
  return `${receipt.predictionId} ${receipt.metric} ${receipt.identity}`;
}

export function receiptOf(
  incoming: Incoming,
  attempt: number,
  judgement: Pick<Receipt, 'state'> & Partial<Receipt>,
): Receipt {
  const { predictionId, metric, item, id, value, revision = 0, occurredAt } = incoming.outcome;
  const { arrivedAt, source } = incoming;
  const identity = identityOf(incoming.outcome);
  return {
    predictionId,
    metric,
    identity,
    attempt,
    item,
    id,
    value,
    revision,
    occurredAt,
    arrivedAt,
    source,
    replaced: false,
    ...judgement,
  };
}
