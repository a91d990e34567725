// What a blue-green has replaced is kept for its time, and until no router may choose it any more; then it may go.
import { type AdvanceRollout } from './advance-rollout';
import { appliedRevision } from './domain/applied';
import { type Clock, type Store } from './ports';

export class ReleaseBlue {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly advance: AdvanceRollout,
  ) {}

  /** Silence is no consent here: a router that has not said that it stops may go on by its last policy. The number released. */
  async release(): Promise<number> {
    const keeping = await this.store.read.rollouts.keeping();
    const now = Date.parse(this.clock.now());
    const over = keeping.filter(({ state }) => state.phase === 'completed' && now >= Date.parse(state.keptUntil ?? ''));
    if (over.length === 0) return 0;
    const routers = await this.store.read.routers.serving();
    let released = 0;
    for (const { id, model, policyRevision, revision } of over) {
      const applied = appliedRevision(routers, model);
      if (applied !== undefined && applied < policyRevision) continue;
      if (await this.advance.applied(this.store, id, revision)) released += 1;
    }
    return released;
  }
}
