// A slice has become free: the oldest rollout of that name that waited for it starts.
import { announceMove } from './announce-move';
import { advance } from './domain/advance';
import { armsFit } from './domain/check-experiment';
import { planOf } from './domain/plan';
import { type Model } from './domain/model';
import { type Rollout } from './domain/rollout';
import { type Tx } from './ports';

/** What waited for a version that is stable by now has nothing to do: it is superseded, and the next one starts. */
export async function startQueued(tx: Tx, model: Model, name: string, now: string): Promise<void> {
  const waiting = (await tx.rollouts.liveOf(model.name)).filter(
    (each) => each.name === name && each.state.phase === 'queued',
  );
  for (const rollout of waiting) {
    const isStable = rollout.spec.candidates.includes(model.stable);
    const pointless = isStable || !armsFit(rollout.spec, model.stable);
    const why = isStable ? "is the model's stable already" : 'is stable by now, and has no share among the arms';
    const reason = pointless ? `${model.stable} ${why}` : 'the rollout before it has ended';
    const result = advance(
      rollout.state,
      { kind: pointless ? 'supersede' : 'start', reason },
      planOf(rollout.spec),
      now,
    );
    if (result.kind !== 'moved') continue;
    const next: Rollout = {
      ...rollout,
      state: result.state,
      baseline: model.stable,
      revision: rollout.revision + 1,
      updatedAt: now,
    };
    await tx.rollouts.update(next);
    await announceMove(tx, rollout, next, {
      actor: 'weir',
      action: pointless ? 'supersede' : 'start',
      reason,
      at: now,
    });
    if (!pointless) return;
  }
}
