// Which models are served, and by which policy: takes policies of greater revisions, keeps the instances of both worlds connected.
import { type PolicyPublished, type PolicyVersion } from '@weir/contracts';
import { inferPath, modelPath, type ServerModel } from '@weir/open-inference';
import { compile, policyProblem } from '@weir/routing';
import { type Models, type ServedModel, type Servers } from './ports';

/** The servers of a version, as they are opened, changed and closed here. */
export interface ManagedServers extends Servers {
  serve(urls: readonly string[]): void;
  close(): Promise<void>;
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
  servers: Map<string, ManagedServers>;
  served: ServedModel | undefined;
}

export class ServeModels implements Models {
  private readonly held = new Map<string, Held>();

  /** `open` with undefined: the protocol is raw, the server promises no path. */
  constructor(private readonly open: (model: ServerModel | undefined) => ManagedServers) {}

  find(model: string): ServedModel | undefined {
    return this.held.get(model)?.served;
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

  /** For the metrics: models that are served, with their revision and the instant their policy was published. */
  revisions(): readonly { model: string; revision: number; publishedMs: number }[] {
    return [...this.held].flatMap(([model, { revision, publishedMs, served }]) =>
      served ? [{ model, revision, publishedMs }] : [],
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
      const ofVersion = before?.servers.get(keyed(name, key)) ?? this.open(serverModel(policy, version));
      ofVersion.serve(version.instances.filter(({ state }) => state === 'in-service').map(({ url }) => url));
      servers.set(keyed(name, key), ofVersion);
      open.delete(keyed(name, key));
    }
    this.held.set(policy.model, {
      revision: policy.revision,
      source,
      publishedMs: Date.parse(policy.publishedAt),
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

function serverModel(
  { protocol }: PolicyPublished,
  { modelName, modelVersion }: PolicyVersion,
): ServerModel | undefined {
  return protocol === 'raw' ? undefined : { modelName, modelVersion };
}

/** A version whose names on the server change is another server, asked anew whether it is ready. */
function serverKey({ protocol }: PolicyPublished, { modelName, modelVersion = '' }: PolicyVersion): string {
  return `${protocol} ${modelName} ${modelVersion}`;
}

function keyed(version: string, key: string): string {
  return `${version} ${key}`;
}
