// A record may be here before the policy it was decided by. It waits until that must have come, and is refused when it has not.
import { DependencyDown, RefusedRecords, type Received, type Refusal } from '@weir/bus';
import { type PolicyPublished, type PredictionServed } from '@weir/contracts';
import { type AppliedUpTo, type PolicyStore } from './ports';

type Policies = ReadonlyMap<string, PolicyPublished>;

export class AwaitPolicy {
  /** By model, then revision: when it was first missed, milliseconds of the given clock. */
  private readonly missedSince = new Map<string, Map<number, number>>();
  private readUpToMs = -Infinity;

  constructor(
    /** How far the policies' topic has been applied, by the same clock as the other. */
    private readonly applied: AppliedUpTo,
    private readonly nowMs: () => number,
    /** The topic must have been read past the miss by this much: whoever writes both topics at once may be ahead in one. */
    private readonly leastWaitMs: number,
  ) {}

  /**
   * The policies of the records' models. A router has its policy from the same topic: what was not in it when the record was here does not exist.
   * @throws DependencyDown while a policy named by a record may still come: the records wait, however long the topic cannot be read.
   * @throws RefusedRecords when the topic was read past the instant at which the policy was first missed.
   */
  async policiesOf(
    store: Pick<PolicyStore, 'policies'>,
    records: readonly Received<PredictionServed>[],
  ): Promise<Policies> {
    const readUpToMs = this.readUpToMs; // before the look: what comes in between has not been seen here
    const policies = await store.policies([...new Set(records.map(({ event }) => event.model))]);
    this.forget(policies);
    const ahead = records.filter(({ event }) => event.policyRevision > (policies.get(event.model)?.revision ?? 0));
    if (ahead.length === 0) return policies;
    const hopeless = ahead.filter(({ event }) => this.sinceMs(event) + this.leastWaitMs <= readUpToMs);
    for (const { event } of hopeless) this.missedSince.get(event.model)?.delete(event.policyRevision);
    if (hopeless.length > 0) throw new RefusedRecords(hopeless.map(refusalOf));
    const awaited = new Set(ahead.map(({ event }) => `${event.model} ${event.policyRevision}`));
    throw new DependencyDown('policy-published', `awaiting policy ${[...awaited].slice(0, 5).join(', ')}`);
  }

  /** Asks how far the topic has been read, where somebody waits for it. */
  async look(): Promise<void> {
    if ([...this.missedSince.values()].every((revisions) => revisions.size === 0)) return;
    this.readUpToMs = (await this.applied.instantMs()) ?? this.readUpToMs;
  }

  /** Only what has come: another partition may wait for something else of the same model. */
  private forget(policies: Policies): void {
    for (const [model, { revision }] of policies)
      for (const missed of this.missedSince.get(model)?.keys() ?? [])
        if (missed <= revision) this.missedSince.get(model)?.delete(missed);
  }

  private sinceMs({ model, policyRevision }: PredictionServed): number {
    const revisions = this.missedSince.get(model) ?? new Map<number, number>();
    const since = revisions.get(policyRevision) ?? this.nowMs();
    this.missedSince.set(model, revisions.set(policyRevision, since));
    return since;
  }
}

function refusalOf({ record, event: { model, policyRevision } }: Received<PredictionServed>): Refusal {
  return { record, code: 'unknown-policy', message: `${model} has no policy of revision ${policyRevision}` };
}
