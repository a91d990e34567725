// The instances of one version, as one server: chooses among them, and asks another where the first could not be reached.
import { Instance, type ProbeTiming } from './instance';
import { type Failed, type ModelAnswer, type ModelCall, type ModelServer } from './model-server';
import { type ServerModel } from './paths';

export interface VersionServersOptions {
  readonly open: (url: string) => ModelServer;
  readonly timing?: Partial<ProbeTiming>;
  /** Milliseconds of any steady clock. */
  readonly nowMs?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
}

const nobody: Failed = { kind: 'failed', cause: 'unreachable', sent: false, detail: 'no instance is ready' };

export class VersionServers {
  private instances = new Map<string, Instance>();
  private readonly nowMs: () => number;
  private readonly random: () => number;

  /** `model`: the names on the server; undefined where the protocol is raw. */
  constructor(
    readonly model: ServerModel | undefined,
    private readonly options: VersionServersOptions,
  ) {
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.random = options.random ?? Math.random;
  }

  /** From now on these are in service. Those that are not among them finish their calls and are closed. */
  serve(urls: readonly string[]): void {
    const before = this.instances;
    this.instances = new Map(urls.map((url) => [url, before.get(url) ?? this.open(url)]));
    for (const [url, instance] of before) if (!this.instances.has(url)) void instance.close();
  }

  /** True when an instance is in service and nothing speaks against it. */
  get ready(): boolean {
    for (const instance of this.instances.values()) if (instance.available()) return true;
    return false;
  }

  get size(): number {
    return this.instances.size;
  }

  /**
   * Asks one instance; where it could not be reached, and so nothing was sent, the next. `lastResort`: nobody else can answer, so
   * instances that are held to be unready are tried too.
   */
  async call(call: ModelCall, lastResort: boolean): Promise<ModelAnswer> {
    const startMs = this.nowMs();
    const asked = new Set<Instance>();
    let answer: ModelAnswer = nobody;
    for (;;) {
      const instance = this.choose(asked, lastResort);
      const timeoutMs = Math.ceil(call.timeoutMs - (asked.size === 0 ? 0 : this.nowMs() - startMs));
      if (!instance || timeoutMs <= 0) return answer;
      asked.add(instance);
      answer = await instance.call(asked.size === 1 ? call : { ...call, timeoutMs });
      if (answer.kind === 'answered' || answer.sent || answer.cause !== 'unreachable') return answer;
    }
  }

  async close(): Promise<void> {
    const instances = [...this.instances.values()];
    this.instances = new Map();
    await Promise.all(instances.map((instance) => instance.close()));
  }

  private open(url: string): Instance {
    const { intervalMs = 1_000, timeoutMs = 1_000 } = this.options.timing ?? {};
    return new Instance(this.options.open(url), this.model, { intervalMs, timeoutMs }, this.nowMs);
  }

  /** The least busy of two drawn at random: nearly as good as the least busy of all, and herds do not form. */
  private choose(asked: ReadonlySet<Instance>, lastResort: boolean): Instance | undefined {
    const fresh = [...this.instances.values()].filter((instance) => !asked.has(instance));
    const available = fresh.filter((instance) => instance.available());
    const from = available.length > 0 || !lastResort ? available : fresh;
    if (from.length < 2) return from[0];
    const first = Math.floor(this.random() * from.length);
    const second = (first + 1 + Math.floor(this.random() * (from.length - 1))) % from.length;
    const [a, b] = [from[first] as Instance, from[second] as Instance];
    return b.server.pending < a.server.pending ? b : a;
  }
}
