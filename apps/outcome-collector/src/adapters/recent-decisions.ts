// The decisions that this process recorded last, before the cache that all collectors share is asked.
import { type Decision } from '../domain/decision';
import { type DecisionCache } from '../ports';

/** Of about 2 KB each. */
const most = 10_000;

export class RecentDecisions implements DecisionCache {
  /** The oldest first. */
  private readonly recent = new Map<string, Decision>();

  constructor(
    private readonly shared: DecisionCache,
    private readonly onFound: (count: number) => void = () => undefined,
  ) {}

  async find(predictionIds: readonly string[]): Promise<ReadonlyMap<string, Decision>> {
    const found = new Map<string, Decision>();
    const others = predictionIds.filter((id) => {
      const decision = this.recent.get(id);
      if (decision) found.set(id, decision);
      return !decision;
    });
    this.onFound(found.size);
    if (others.length > 0) for (const [id, decision] of await this.shared.find(others)) found.set(id, decision);
    return found;
  }

  remember(decisions: readonly Decision[]): Promise<void> {
    for (const decision of decisions) this.recent.set(decision.predictionId, decision);
    for (const id of this.recent.keys()) {
      if (this.recent.size <= most) break;
      this.recent.delete(id);
    }
    return this.shared.remember(decisions);
  }
}
