// A rollback ends when every router heard from serves by it, or when none is heard from.
import { type AdvanceRollout } from './advance-rollout';
import { appliedRevision } from './domain/applied';
import { type Clock, type Store } from './ports';

export class SettleRollbacks {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly advance: AdvanceRollout,
  ) {}

  /** Looks at every rollback under way; the number that ended. */
  async settle(): Promise<number> {
    const waiting = await this.store.read.rollouts.rollingBack();
    if (waiting.length === 0) return 0;
    const routers = await this.store.read.routers.heardSince(silentBefore(this.clock.now()));
    let ended = 0;
    for (const { id, model, policyRevision, revision } of waiting) {
      const applied = appliedRevision(routers, model);
      if (applied !== undefined && applied < policyRevision) continue;
      if (await this.advance.applied(this.store, id, revision)) ended += 1;
    }
    return ended;
  }
}

/** A router not heard from for 30 s is silent. */
export function silentBefore(now: string): string {
  return new Date(Date.parse(now) - 30_000).toISOString();
}
