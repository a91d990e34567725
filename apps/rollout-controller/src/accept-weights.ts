// A bandit's allocator has computed weights: they become the policy within the stage's bounds, or are refused and that is written down.
import { type WeightsAllocated } from '@weir/contracts';
import { type AdvanceRollout } from './advance-rollout';
import { answerTo, type Told } from './domain/allocation';
import { planOf } from './domain/plan';
import { armsOf, weightsOf } from './domain/rollout';
import { lockRollout } from './lock-rollout';
import { type Clock, type Store, type Tx } from './ports';

export type Acceptance = 'accepted' | 'passed-over' | 'refused' | 'unknown';

export class AcceptWeights {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mover: Pick<AdvanceRollout, 'allocate'>,
  ) {}

  /** @throws nothing of its own: what cannot be accepted is a value. */
  async accept(allocation: WeightsAllocated): Promise<Acceptance> {
    const known = await this.store.read.rollouts.find(allocation.rollout);
    if (!known) return 'unknown';
    return this.store.transaction((tx) => this.acceptIn(tx, allocation));
  }

  private async acceptIn(tx: Tx, allocation: WeightsAllocated): Promise<Acceptance> {
    const { model, rollout } = await lockRollout(tx, allocation.rollout);
    const told: Told = { allocation, arms: armsOf(rollout), inForce: weightsOf(rollout) };
    const now = this.clock.now();
    const answer = answerTo(rollout.state, told, planOf(rollout.spec), now);
    if (answer.kind === 'refused') {
      const { id, model: of } = rollout;
      const reason = `allocation ${allocation.sequence}: ${answer.why}`;
      const line = { rollout: id, model: of, at: now, actor: 'bandit', action: 'refused', reason };
      await tx.audit.add({ ...line, from: null, to: null, revision: null });
      return 'refused';
    }
    if (answer.kind === 'accepted') await this.mover.allocate(tx, model, rollout, told);
    return answer.kind;
  }
}
