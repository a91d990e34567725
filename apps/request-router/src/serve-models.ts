// Which models are served, and by which policy: takes policies of greater revisions, keeps the instances of both worlds connected.
import { type PolicyAuth, type PolicyPublished, type PolicyVersion } from '@weir/contracts';
import { inferPath, modelPath, type InstanceState, type ServerModel } from '@weir/open-inference';
import { compile, policyProblem } from '@weir/routing';
import { type Models, type ServedModel, type Servers } from './ports';

/** The servers of a version, as they are opened, changed and closed here. */
export interface ManagedServers extends Servers {
  serve(urls: readonly string[]): void;
  states(): Record<InstanceState, number>;
  close(): Promise<void>;
}

/** Whose servers are opened. */
export interface VersionTarget {
  readonly model: string;
  readonly version: string;
  /** The names on the server; undefined: the protocol is raw, the server promises no path. */
  readonly server: ServerModel | undefined;
  readonly auth: PolicyAuth | undefined;
}

export type PolicySource = 'live' | 'disk';

/** applied: it is in force now; known: it was before; stale: a greater revision is in force; unusable: see the problem. */
export type Acceptance =
  { readonly kind: 'applied' | 'known' | 'stale' } | { readonly kind: 'unusable'; readonly problem: string };

interface Held {
  revision: number;
  source: PolicySource;
  /** When the policy in force was published, milliseconds since the epoch. */
  publishedMs: number;
  policy: PolicyPublished;
  servers: Map<string, ManagedServers>;
  served: ServedModel | undefined;
}

export class ServeModels implements Models {
  private readonly held = new Map<string, Held>();

  constructor(private readonly open: (target: VersionTarget) => ManagedServers) {}

  find(model: string): ServedModel | undefined {
    return this.held.get(model)?.served;
  }

  /** Whether a policy in force has that model, and that version of it where one is named. */
  serves(model: string, version?: string): boolean {
    const served = this.held.get(model)?.served;
    return served !== undefined && (version === undefined || served.versions.has(version));
  }

  /** Answers already under way keep the policy they began with. */
  accept(policy: PolicyPublished, source: PolicySource): Acceptance {
    const before = this.held.get(policy.model);
    if (before && before.revision >= policy.revision) {
      if (before.revision > policy.revision) return { kind: 'stale' };
      if (source === 'live') before.source = 'live';
      return { kind: 'known' };
    }
    const problem = policy.state === 'active' ? policyProblem(policy) : undefined;
    if (problem) return { kind: 'unusable', problem };
    this.replace(policy, source, before);
    return { kind: 'applied' };
  }

  /** Every model that this router has a policy of, retired ones included: what `policy-applied` says. */
  inForce(): Record<string, { revision: number; source: PolicySource }> {
    return Object.fromEntries([...this.held].map(([model, { revision, source }]) => [model, { revision, source }]));
  }

  /** For the metrics: models that are served, with their revision, whence it came, and the instant their policy was published. */
  revisions(): readonly { model: string; revision: number; source: PolicySource; publishedMs: number }[] {
    return [...this.held].flatMap(([model, { revision, source, publishedMs, served }]) =>
      served ? [{ model, revision, source, publishedMs }] : [],
    );
  }

  /** For the metrics: instances by state, of each version that is served. */
  instances(): readonly { model: string; version: string; states: Record<InstanceState, number> }[] {
    return [...this.held].flatMap(([model, { policy, servers }]) =>
      Object.entries(policy.versions).flatMap(([version, declared]) => {
        const ofVersion = servers.get(keyed(version, serverKey(policy, declared)));
        return ofVersion ? [{ model, version, states: ofVersion.states() }] : [];
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.held.values()].flatMap(({ servers }) => [...servers.values()].map((one) => one.close())),
    );
  }

  private replace(policy: PolicyPublished, source: PolicySource, before: Held | undefined): void {
    const versions = policy.state === 'active' ? Object.entries(policy.versions) : [];
    const open = new Map(before?.servers);
    const servers = new Map<string, ManagedServers>();
    for (const [name, version] of versions) {
      const key = serverKey(policy, version);
      const ofVersion = before?.servers.get(keyed(name, key)) ?? this.open(targetOf(policy, name, version));
      ofVersion.serve(version.instances.filter(({ state }) => state === 'in-service').map(({ url }) => url));
      servers.set(keyed(name, key), ofVersion);
      open.delete(keyed(name, key));
    }
    this.held.set(policy.model, {
      revision: policy.revision,
      source,
      publishedMs: Date.parse(policy.publishedAt),
      policy,
      servers,
      served: policy.state === 'active' ? servedModel(policy, servers) : undefined,
    });
    for (const gone of open.values()) void gone.close();
  }
}

function servedModel(policy: PolicyPublished, servers: ReadonlyMap<string, ManagedServers>): ServedModel {
  const versions = Object.entries(policy.versions).map(([name, version]) => {
    const ofVersion = servers.get(keyed(name, serverKey(policy, version))) as ManagedServers;
    return [name, { servers: ofVersion, inferPath: inferPath(version), modelPath: modelPath(version) }] as const;
  });
  return { policy, snapshot: compile(policy), versions: new Map(versions) };
}

function targetOf(
  { model, protocol }: PolicyPublished,
  version: string,
  { modelName, modelVersion, auth }: PolicyVersion,
): VersionTarget {
  return { model, version, server: protocol === 'raw' ? undefined : { modelName, modelVersion }, auth };
}

/** A version whose names on the server change, or what it asks for, is another server, asked anew whether it is ready. */
function serverKey({ protocol }: PolicyPublished, { modelName, modelVersion = '', auth }: PolicyVersion): string {
  return `${protocol} ${modelName} ${modelVersion} ${auth?.header} ${auth?.secretRef}`;
}

function keyed(version: string, key: string): string {
  return `${version} ${key}`;
}
