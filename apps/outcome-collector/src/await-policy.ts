// A record may be here before the policy it was decided by. It waits, for a while.
import { DependencyDown, RefusedRecords, type Received, type Refusal } from '@weir/bus';
import { type PolicyPublished, type PredictionServed } from '@weir/contracts';

export class AwaitPolicy {
  /** By model, then revision: when it was first missed, milliseconds of the given clock. */
  private readonly missedSince = new Map<string, Map<number, number>>();

  constructor(
    private readonly patienceMs: number,
    private readonly nowMs: () => number,
  ) {}

  /**
   * @throws DependencyDown while a policy named by a record may still come: the records wait.
   * @throws RefusedRecords when it has not come in all that time: these records name a policy that does not exist.
   */
  check(records: readonly Received<PredictionServed>[], policies: ReadonlyMap<string, PolicyPublished>): void {
    this.forget(policies);
    const ahead = records.filter(({ event }) => event.policyRevision > (policies.get(event.model)?.revision ?? 0));
    if (ahead.length === 0) return;
    const hopeless = ahead.filter(({ event }) => this.waitedMs(event) >= this.patienceMs);
    if (hopeless.length > 0) throw new RefusedRecords(hopeless.map(refusalOf));
    const awaited = new Set(ahead.map(({ event }) => `${event.model} ${event.policyRevision}`));
    throw new DependencyDown('policy-published', `awaiting policy ${[...awaited].slice(0, 5).join(', ')}`);
  }

  /** Only what has come: another partition may wait for something else of the same model. */
  private forget(policies: ReadonlyMap<string, PolicyPublished>): void {
    for (const [model, { revision }] of policies)
      for (const missed of this.missedSince.get(model)?.keys() ?? [])
        if (missed <= revision) this.missedSince.get(model)?.delete(missed);
  }

  private waitedMs({ model, policyRevision }: PredictionServed): number {
    const now = this.nowMs();
    const revisions = this.missedSince.get(model) ?? new Map<number, number>();
    const since = revisions.get(policyRevision) ?? now;
    this.missedSince.set(model, revisions.set(policyRevision, since));
    return now - since;
  }
}

function refusalOf({ record, event: { model, policyRevision } }: Received<PredictionServed>): Refusal {
  return { record, code: 'unknown-policy', message: `${model} has no policy of revision ${policyRevision}` };
}
