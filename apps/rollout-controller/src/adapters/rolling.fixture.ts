// Model servers with a model repository, and a router of the real parts that serves by the policies that the controller publishes.
import { type PolicyPublished } from '@weir/contracts';
import { DirectModelServer, EgressPolicy, inferPath, VersionServers } from '@weir/open-inference';
import { compile, decide, type Snapshot } from '@weir/routing';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Loads and unloads models, and knows those that are loaded only. */
export class RepositoryServer {
  readonly loaded: Set<string>;
  /** Models that are loaded and never get ready. */
  readonly neverReady = new Set<string>();
  private readonly server: Server = createServer((request, response) => void this.handle(request, response));

  private constructor(model: string) {
    this.loaded = new Set([model]);
  }

  static async start(model: string): Promise<RepositoryServer> {
    const started = new RepositoryServer(model);
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request) void _;
    const path = request.url ?? '';
    const [, model = ''] = /^\/v2\/(?:repository\/)?models\/([^/]+)\//.exec(path) ?? [];
    if (path.endsWith('/load')) {
      await pause(100);
      this.loaded.add(model);
      return answer(response, 200);
    }
    if (path.endsWith('/unload')) return answer(response, this.loaded.delete(model) ? 200 : 400);
    const isThere = this.loaded.has(model) && !this.neverReady.has(model);
    if (path.endsWith('/ready')) return answer(response, isThere ? 200 : 503);
    await pause(5);
    answer(response, this.loaded.has(model) ? 200 : 500);
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
}

/** What has become of the predictions of a while. */
export interface Traffic {
  readonly answered: Record<string, number>;
  readonly failed: string[];
}

export class LittleRouter {
  private readonly versions = new Map<string, VersionServers>();
  private snapshot: Snapshot | undefined;
  private policy: PolicyPublished | undefined;
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;
  readonly traffic: Traffic = { answered: {}, failed: [] };

  get revision(): number {
    return this.policy?.revision ?? 0;
  }

  follow(policy: PolicyPublished): void {
    if (policy.revision <= this.revision) return;
    const egress = new EgressPolicy({ allowLoopback: true, only: undefined });
    for (const [version, { modelName, modelVersion, instances }] of Object.entries(policy.versions)) {
      const open = (url: string) => new DirectModelServer(url, { egress });
      const servers = this.versions.get(version) ?? new VersionServers({ modelName, modelVersion }, { open });
      servers.serve(instances.filter(({ state }) => state === 'in-service').map(({ url }) => url));
      this.versions.set(version, servers);
    }
    this.policy = policy;
    this.snapshot = compile(policy);
  }

  /** Asks so many times a second, whatever comes back. */
  begin(perSecond: number): void {
    this.timer = setInterval(() => {
      const prediction = this.predict().finally(() => this.underWay.delete(prediction));
      this.underWay.add(prediction);
    }, 1_000 / perSecond);
  }

  async end(): Promise<Traffic> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    await Promise.all([...this.versions.values()].map((servers) => servers.close()));
    return this.traffic;
  }

  private async predict(): Promise<void> {
    const { snapshot } = this;
    if (!snapshot) return;
    const number = (this.asked += 1);
    const { arm } = decide(snapshot, { predictionId: `p${number}`, unit: `u${number % 500}`, attributes: {} });
    const servers = this.versions.get(arm);
    if (!servers?.model) return void this.traffic.failed.push(`${arm} is not known`);
    const path = inferPath(servers.model);
    const call = { method: 'POST', path, headers: [], body: Buffer.from('{}'), timeoutMs: 5_000 } as const;
    const got = await servers.call(call, arm === this.policy?.stable);
    if (got.kind === 'answered' && got.status === 200)
      this.traffic.answered[arm] = (this.traffic.answered[arm] ?? 0) + 1;
    else this.traffic.failed.push(`${arm}: ${got.kind === 'answered' ? got.status : got.detail}`);
  }
}
