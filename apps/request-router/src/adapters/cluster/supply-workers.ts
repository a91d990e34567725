// The side that keeps policies and keys: passes them on to every worker, lets a worker serve once it has all, and knows the least in force.
import { type KeyPublished, type PolicyPublished } from '@weir/contracts';
import { isInForce, leastInForce, type InForce } from '../../domain/in-force';
import { type PolicySource } from '../../serve-models';
import { type Peer } from './peer';

interface Member {
  inForce: InForce;
  serving: boolean;
}

/** `policies` and `keys`: the topic has been read to the end that it had at the start. */
export type Topic = 'policies' | 'keys';

/** What goes to a worker. */
export interface PassedPolicy {
  readonly bytes: Buffer;
  readonly source: PolicySource;
}

export class SupplyWorkers {
  private readonly policies = new Map<string, PassedPolicy>();
  private readonly keys = new Map<string, Buffer>();
  private readonly caughtUp = new Set<Topic>();
  private readonly members = new Map<Peer, Member>();

  /** `wanted`: what this side has; `changed`: the least in force may be another now. */
  constructor(
    private readonly wanted: () => InForce,
    private readonly changed: () => void,
  ) {}

  policy({ model }: PolicyPublished, bytes: Buffer, source: PolicySource): void {
    this.policies.set(model, { bytes, source });
    this.tellAll('policy', { bytes, source } satisfies PassedPolicy);
  }

  key({ id }: KeyPublished, bytes: Buffer): void {
    this.keys.set(id, bytes);
    this.tellAll('key', bytes);
  }

  settle(topic: Topic): void {
    this.caughtUp.add(topic);
    this.tellAll('caught-up', topic);
  }

  /**
   * A worker that has begun. It is told to serve when all that is wanted is in force there: what was announced before stays true
   * when it joins.
   */
  join(worker: Peer): void {
    const member: Member = { inForce: {}, serving: false };
    worker.onTell('in-force', (body) => {
      member.inForce = body as InForce;
      if (!this.members.has(worker)) return;
      if (!member.serving && isInForce(member.inForce, this.wanted())) {
        member.serving = true;
        worker.tell('serve', undefined);
      }
      if (member.serving) this.changed();
    });
    this.members.set(worker, member);
    for (const policy of this.policies.values()) worker.tell('policy', policy);
    for (const key of this.keys.values()) worker.tell('key', key);
    for (const topic of this.caughtUp) worker.tell('caught-up', topic);
    worker.tell('all-passed', undefined);
  }

  /** It has ended, or is ending, and is waited for no more. */
  leave(worker: Peer): void {
    if (this.members.delete(worker)) this.changed();
  }

  /** Undefined while no worker serves: then there is nothing to say. */
  inForce(): InForce | undefined {
    const serving = [...this.members.values()].filter((member) => member.serving);
    return serving.length === 0 ? undefined : leastInForce(serving.map(({ inForce }) => inForce));
  }

  private tellAll(name: string, body: unknown): void {
    for (const worker of this.members.keys()) worker.tell(name, body);
  }
}
