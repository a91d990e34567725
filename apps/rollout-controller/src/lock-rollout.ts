// A rollout to be moved, and the model that it belongs to, locked until the transaction ends.
import { type Model } from './domain/model';
import { type Rollout } from './domain/rollout';
import { type Tx } from './ports';
import { notFound } from './refusals';

/** Model first, always: who moves a rollout holds its model, so that two never wait for each other. @throws Refused 404. */
export async function lockRollout(tx: Tx, id: string): Promise<{ model: Model; rollout: Rollout }> {
  const named = await tx.rollouts.find(id);
  const model = named && (await tx.models.lock(named.model));
  const rollout = model && (await tx.rollouts.find(id));
  if (!rollout) throw notFound('rollout', id);
  return { model, rollout };
}
