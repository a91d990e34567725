// The shadow versions' servers: each version with connections, a breaker, bounds and deadlines of its own, and none of the router's.
import { type PolicyAuth, type PolicyPublished } from '@weir/contracts';
import { inferPath, type ModelAnswer, type ServerModel, type VersionServers } from '@weir/open-inference';
import { type ShadowRequest } from '../domain/pair-plan';
import { type ShadowAnswer } from '../domain/shadow-answer';
import { type Shadows, type Turn } from '../ports';
import { LiveLane } from '../live-lane';
import { ShadowLane, type LaneLimits } from '../shadow-lane';

export interface ShadowServersOptions extends LaneLimits {
  /** Calls under way at once where they are offered as they came. */
  readonly liveConcurrency: number;
  /** `model`: the names on the server; undefined where the protocol is raw. */
  readonly open: (target: { model: ServerModel | undefined; auth: PolicyAuth | undefined }) => VersionServers;
  readonly steadyMs: () => number;
  /** Told of each answer, for the metrics. */
  readonly asked?: (version: string, answer: ShadowAnswer) => void;
}

interface Served {
  readonly names: string;
  readonly servers: VersionServers;
  readonly lane: ShadowLane;
  readonly live: LiveLane;
  timeoutMs: number;
}

type Version = PolicyPublished['versions'][string];

export class ShadowServers implements Shadows {
  private served = new Map<string, Served>();

  constructor(private readonly options: ShadowServersOptions) {}

  serve(policies: Iterable<PolicyPublished>): void {
    const before = this.served;
    this.served = new Map();
    for (const policy of policies) {
      if (policy.state !== 'active') continue;
      const versions = new Set(policy.slices.flatMap(({ shadows }) => shadows.map(({ version }) => version)));
      for (const version of versions) this.serveVersion(policy, version, before);
    }
    for (const [key, { servers }] of before) if (this.served.get(key)?.servers !== servers) void servers.close();
  }

  async ask(model: string, version: string, request: ShadowRequest, turn: Turn): Promise<ShadowAnswer> {
    const served = this.served.get(keyOf(model, version));
    if (!served) return { kind: 'gone' };
    const call = () => this.call(served, request);
    const answer = await (turn.pace === 'live'
      ? served.live.run(turn.dueMs, call)
      : served.lane.run(turn.startByMs, call));
    // a way that was closed under a call is no failure of the version's
    const isGone = answer?.kind === 'failed' && this.served.get(keyOf(model, version))?.servers !== served.servers;
    const told: ShadowAnswer = isGone ? { kind: 'gone' } : (answer ?? { kind: 'over-bound' });
    this.options.asked?.(version, told);
    return told;
  }

  async close(): Promise<void> {
    await Promise.all([...this.served.values()].map(({ servers }) => servers.close()));
    this.served = new Map();
  }

  private serveVersion(policy: PolicyPublished, version: string, before: ReadonlyMap<string, Served>): void {
    const declared = policy.versions[version];
    if (!declared) return;
    const key = keyOf(policy.model, version);
    const names = JSON.stringify([policy.protocol, declared.modelName, declared.modelVersion, declared.auth]);
    const held = before.get(key);
    const served = held?.names === names ? held : this.open(policy, declared, names);
    served.timeoutMs = policy.timeoutMs;
    served.servers.serve(declared.instances.filter(({ state }) => state === 'in-service').map(({ url }) => url));
    this.served.set(key, served);
  }

  private open(
    { protocol, timeoutMs }: PolicyPublished,
    { modelName, modelVersion, auth }: Version,
    names: string,
  ): Served {
    const { open, steadyMs, liveConcurrency, ...limits } = this.options;
    const servers = open({ model: protocol === 'raw' ? undefined : { modelName, modelVersion }, auth });
    const live = new LiveLane(liveConcurrency, steadyMs);
    return { names, servers, live, lane: new ShadowLane(limits, steadyMs), timeoutMs };
  }

  private async call({ servers, timeoutMs }: Served, { path, headers, body }: ShadowRequest): Promise<ShadowAnswer> {
    const startMs = this.options.steadyMs();
    const answer = await servers.call(
      {
        method: 'POST',
        path: path ?? (servers.model ? inferPath(servers.model) : '/'),
        headers,
        body: Buffer.from(body.content, body.kind === 'base64' ? 'base64' : 'utf8'),
        timeoutMs,
      },
      false,
    );
    return answerOf(answer, this.options.steadyMs() - startMs);
  }
}

function keyOf(model: string, version: string): string {
  return `${model}/${version}`;
}

function answerOf(answer: ModelAnswer, latencyMs: number): ShadowAnswer {
  if (answer.kind === 'answered')
    return { kind: 'answered', status: answer.status, text: answer.body.toString('utf8'), latencyMs };
  const { cause } = answer;
  return { kind: 'failed', cause: cause === 'timeout' || cause === 'unreachable' ? cause : 'error', latencyMs };
}
