// A record may be here before the policy it was decided by. It waits, for a while.
import { DependencyDown, RefusedRecords, type Received } from '@weir/bus';
import { type PolicyPublished, type PredictionServed } from '@weir/contracts';

export class AwaitPolicy {
  /** By model and revision, when it was first missed: milliseconds of the given clock. */
  private readonly missedSince = new Map<string, number>();

  constructor(
    private readonly patienceMs: number,
    private readonly nowMs: () => number,
  ) {}

  /**
   * @throws DependencyDown while a policy named by a record may still come: the records wait.
   * @throws RefusedRecords when it has not come in all that time: these records name a policy that does not exist.
   */
  check(records: readonly Received<PredictionServed>[], policies: ReadonlyMap<string, PolicyPublished>): void {
    const ahead = records.filter(({ event }) => event.policyRevision > (policies.get(event.model)?.revision ?? 0));
    if (ahead.length === 0) return this.missedSince.clear();
    const missing = new Set(ahead.map(({ event }) => `${event.model} ${event.policyRevision}`));
    const expired = new Set([...missing].filter((policy) => this.waitedMs(policy) >= this.patienceMs));
    const hopeless = ahead.filter(({ event }) => expired.has(`${event.model} ${event.policyRevision}`));
    if (hopeless.length === 0)
      throw new DependencyDown('policy-published', `awaiting policy ${[...missing].join(', ')}`);
    throw new RefusedRecords(
      hopeless.map(({ record, event: { model, policyRevision } }) => {
        return { record, code: 'unknown-policy', message: `${model} has no policy of revision ${policyRevision}` };
      }),
    );
  }

  private waitedMs(policy: string): number {
    const now = this.nowMs();
    const since = this.missedSince.get(policy) ?? now;
    this.missedSince.set(policy, since);
    return now - since;
  }
}
