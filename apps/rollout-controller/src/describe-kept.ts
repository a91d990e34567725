// What a completed blue-green keeps still, and what its release waits for.
import { type RolloutView } from '@weir/contracts';
import { type Rollout } from './domain/rollout';
import { type Store } from './ports';

/** null: it keeps nothing, or no longer. */
export async function describeKept(
  { routers }: Pick<Store['read'], 'routers'>,
  { model, baseline, state, policyRevision }: Rollout,
): Promise<Pick<RolloutView, 'kept'>> {
  if (state.phase !== 'completed' || state.keptUntil === undefined) return { kept: null };
  const behind = (await routers.serving()).filter(
    ({ models }) => (Object.hasOwn(models, model) ? (models[model]?.revision ?? 0) : 0) < policyRevision,
  );
  const waitingFor = [
    `time: until ${state.keptUntil}`,
    ...behind.map(
      ({ router, heardAt }) => `routers: ${router}, last heard at ${heardAt}, may serve by an older policy`,
    ),
  ];
  return { kept: { version: baseline, until: state.keptUntil, waitingFor } };
}
