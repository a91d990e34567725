// Writes down that a rollout moved: row, audit line and event in one transaction.
import { type RolloutChanged } from '@weir/contracts';
import { placeOf, weightsOf, type Rollout } from './domain/rollout';
import { type Tx } from './ports';

export interface MoveNote {
  readonly actor: string;
  readonly action: string;
  readonly reason: string;
  readonly at: string;
}

/** @param before undefined for a submission. */
export async function announceMove(tx: Tx, before: Rollout | undefined, after: Rollout, note: MoveNote): Promise<void> {
  const from = before ? positionOf(before) : undefined;
  const to = positionOf(after);
  const { actor, action, reason, at } = note;
  const { id: rollout, model, revision } = after;
  await tx.audit.add({ rollout, model, at, actor, action, from: from ?? null, to, reason, revision });
  await tx.announce.rolloutChanged({
    rollout,
    model,
    ...(from ? { from } : {}),
    to,
    actor,
    action,
    reason,
    revision,
    at,
  });
}

function positionOf(rollout: Rollout): RolloutChanged['to'] {
  return { state: rollout.state.phase, ...placeOf(rollout.state), weights: weightsOf(rollout) };
}
