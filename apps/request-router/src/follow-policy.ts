// Policies as they come: into force, then onto the disk, then announced. And back from the disk when the router starts.
import { type PolicyPublished } from '@weir/contracts';
import { type PolicySource, type ServeModels } from './serve-models';

export interface LastKnownGood {
  /** What the disk holds; what cannot be read is put aside and reported, never returned. */
  load(): Promise<readonly Buffer[]>;
  /** Soon, and only the latest of each name; failures are reported, never thrown. */
  save(name: string, bytes: Buffer): void;
}

export interface PolicyReporter {
  applied(policy: PolicyPublished, source: 'live' | 'disk'): void;
  unusable(policy: PolicyPublished, problem: string): void;
  undecodable(problem: string): void;
}

/** Called for each policy that is in force now, newly or again. */
export type PolicyListener = (policy: PolicyPublished, bytes: Buffer, source: PolicySource) => void;

/** Of a process that gets its policies from another one of its router, which keeps them. */
export const keepsNothing: LastKnownGood = { load: () => Promise.resolve([]), save: () => undefined };

export class FollowPolicy {
  private readonly changed = new Set<PolicyListener>();
  private fromDisk = 0;
  private caughtUp = false;

  constructor(
    private readonly models: ServeModels,
    private readonly disk: LastKnownGood,
    private readonly decode: (bytes: Buffer) => PolicyPublished,
    private readonly report: PolicyReporter,
  ) {}

  onChange(listener: PolicyListener): void {
    this.changed.add(listener);
  }

  async restore(): Promise<void> {
    for (const bytes of await this.disk.load()) this.receive(bytes, 'disk');
  }

  /** As somebody else read it: from the disk, or from the topic. */
  receive(bytes: Buffer, source: PolicySource): void {
    const policy = this.decoded(bytes);
    if (!policy) return;
    if (source === 'live') this.publish(policy, bytes);
    else if (this.take(policy, bytes, source)) this.fromDisk++;
  }

  /** `bytes`: the record's value, kept as it came, so that nothing is lost by an older router's reading. */
  publish(policy: PolicyPublished, bytes: Buffer): void {
    if (this.take(policy, bytes, 'live')) this.disk.save(policy.model, bytes);
  }

  /** The topic has been read to the end that it had when the router started. */
  settle(): void {
    this.caughtUp = true;
  }

  /** A router is ready once it knows what it serves: by the topic, or by what it knew before. Kafka may leave afterwards. */
  readiness(): { ok: boolean; detail?: string } {
    if (this.caughtUp || this.fromDisk > 0) return { ok: true };
    return { ok: false, detail: 'no policy yet: the topic has not been read, and the disk holds no last known good' };
  }

  private decoded(bytes: Buffer): PolicyPublished | undefined {
    try {
      return this.decode(bytes);
    } catch (error) {
      this.report.undecodable(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  private take(policy: PolicyPublished, bytes: Buffer, source: PolicySource): boolean {
    const acceptance = this.models.accept(policy, source);
    if (acceptance.kind === 'unusable') this.report.unusable(policy, acceptance.problem);
    if (acceptance.kind === 'applied') this.report.applied(policy, source);
    if (acceptance.kind === 'applied' || acceptance.kind === 'known')
      for (const listener of this.changed) listener(policy, bytes, source);
    return acceptance.kind === 'applied';
  }
}
