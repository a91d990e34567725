// The instances of one version, as one server: chooses among them, and asks another where the first could not be reached.
import { ChooseInstance } from './choose-instance';
import { Instance, type ProbeTiming } from './instance';
import { type InstanceState, type OpenedBy } from './instance-health';
import { readInstanceUrl } from './instance-url';
import { type Failed, type ModelAnswer, type ModelCall, type ModelServer } from './model-server';
import { NameFollower, type FollowTiming, type Resolve } from './name-follower';
import { type ServerModel } from './paths';
import { RetryBudget } from './retry-budget';

/** Sees what a version does to keep answering, for the metrics. */
export interface VersionObserver {
  /** An instance's circuit opened. */
  opened(by: OpenedBy): void;
  /** Another instance is asked, for the first could not be reached; refused: the budget of retries is spent. */
  retried(outcome: 'done' | 'refused'): void;
}

export interface VersionServersOptions {
  /** `address`: the one to dial, where the URL's name was resolved already. */
  readonly open: (url: string, address?: string) => ModelServer;
  /** Needed where an instance is `dns+`. */
  readonly resolve?: Resolve;
  /** Why the version cannot be asked at all, in a few words; undefined when it can be. */
  readonly obstacle?: (() => string | undefined) | undefined;
  readonly observer?: VersionObserver;
  /** Calls to one instance that are under way or wait for a connection, at most. Default: any number. */
  readonly maxPending?: number;
  readonly timing?: Partial<ProbeTiming & FollowTiming>;
  /** Milliseconds of any steady clock. */
  readonly nowMs?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Of a version's instances at most this share is set aside for answering with errors: they may all be right. */
const mostEjected = 0.5;

export class VersionServers {
  private instances = new Map<string, Instance>();
  private followers = new Map<string, NameFollower>();
  private urls: readonly string[] = [];
  private readonly choose: ChooseInstance;
  private readonly budget = new RetryBudget();
  private readonly nowMs: () => number;

  /** `model`: the names on the server; undefined where the protocol is raw. */
  constructor(
    readonly model: ServerModel | undefined,
    private readonly options: VersionServersOptions,
  ) {
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.choose = new ChooseInstance(options.random ?? Math.random, options.maxPending);
  }

  /** From now on these are in service. Those that are not among them finish their calls and are closed. */
  serve(urls: readonly string[]): void {
    const before = this.followers;
    this.urls = [...new Set(urls)];
    this.followers = new Map();
    for (const url of this.urls) {
      const { name } = readInstanceUrl(url);
      if (name !== undefined) this.followers.set(url, before.get(url) ?? this.follow(name));
    }
    for (const [url, follower] of before) if (!this.followers.has(url)) follower.close();
    this.connect();
  }

  /** True when an instance is in service and nothing speaks against it. */
  get ready(): boolean {
    return this.choose.anyAvailable(this.nowMs()) && this.options.obstacle?.() === undefined;
  }

  /** Each of its instances has as many calls under way as it may: a call now would fail at once. */
  get full(): boolean {
    return this.choose.full;
  }

  /** Why it is not ready; undefined when it is. */
  get problem(): string | undefined {
    if (this.ready) return undefined;
    const obstacle = this.options.obstacle?.();
    if (obstacle !== undefined) return obstacle;
    const unknown = [...this.followers.values()].find(({ addresses }) => addresses.length === 0);
    return unknown?.problem ?? 'no instance is ready';
  }

  /** Instances as the policy names them; a name counts as one, whatever its addresses. */
  get size(): number {
    return this.urls.length;
  }

  /** The base URL of the instance that a call would go to now, an unready one where there is no other. */
  pick(): string | undefined {
    return (this.choose.one(this.nowMs(), true) ?? this.instances.values().next().value)?.server.url;
  }

  /** How many instances are in which state. */
  states(): Record<InstanceState, number> {
    const counts = { ready: 0, unready: 0, open: 0 };
    for (const { health } of this.instances.values()) counts[health.state]++;
    return counts;
  }

  /**
   * Asks one instance; where it could not be reached, and so nothing was sent, the next, within the deadline and a budget of a
   * fifth of the calls of late. `lastResort`: nobody else can answer, so instances that are held to be unready are tried too.
   */
  call(call: ModelCall, lastResort: boolean): Promise<ModelAnswer> {
    if (this.options.obstacle?.() !== undefined) return Promise.resolve(this.nobody());
    if (this.instances.size === 0 && this.followers.size > 0) return this.callFirst(call, lastResort);
    return this.callOne(call, lastResort);
  }

  async close(): Promise<void> {
    for (const follower of this.followers.values()) follower.close();
    const instances = [...this.instances.values()];
    this.urls = [];
    this.followers = new Map();
    this.instances = new Map();
    this.choose.among([]);
    await Promise.all(instances.map((instance) => instance.close()));
  }

  private async callFirst(call: ModelCall, lastResort: boolean): Promise<ModelAnswer> {
    const leftMs = await this.firstAddresses(call.timeoutMs);
    return leftMs > 0 ? this.callOne({ ...call, timeoutMs: leftMs }, lastResort) : this.nobody();
  }

  private async callOne(call: ModelCall, lastResort: boolean): Promise<ModelAnswer> {
    const startMs = this.nowMs();
    this.budget.called();
    const first = this.choose.one(startMs, lastResort);
    if (!first) return this.nobody();
    const answer = await first.call(call);
    return mayRetry(answer) && this.instances.size > 1
      ? this.callOthers(call, lastResort, startMs, first, answer)
      : answer;
  }

  private async callOthers(
    call: ModelCall,
    lastResort: boolean,
    startMs: number,
    first: Instance,
    failed: ModelAnswer,
  ): Promise<ModelAnswer> {
    const asked = new Set([first]);
    let answer = failed;
    while (mayRetry(answer)) {
      const nowMs = this.nowMs();
      const timeoutMs = Math.floor(call.timeoutMs - (nowMs - startMs));
      const instance = timeoutMs > 0 ? this.choose.one(nowMs, lastResort, asked) : undefined;
      if (!instance) return answer;
      const affordable = this.budget.retry();
      this.options.observer?.retried(affordable ? 'done' : 'refused');
      if (!affordable) return answer;
      asked.add(instance);
      answer = await instance.call({ ...call, timeoutMs });
    }
    return answer;
  }

  private nobody(): Failed {
    const detail =
      this.problem ?? (this.full ? 'its instances have all the calls that they may' : 'no instance is ready');
    return { kind: 'failed', cause: 'unreachable', sent: false, detail };
  }

  /** Waits for a name that was never resolved before; what is left of the time. */
  private async firstAddresses(timeoutMs: number): Promise<number> {
    const startMs = this.nowMs();
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([over, Promise.all([...this.followers.values()].map(({ asked }) => asked))]);
    clearTimeout(timer);
    return Math.floor(timeoutMs - (this.nowMs() - startMs));
  }

  private follow(name: string): NameFollower {
    const { resolve = nowhere, timing } = this.options;
    const { refreshMs = 3_000, retryMs = 1_000 } = timing ?? {};
    return new NameFollower(name, resolve, { refreshMs, retryMs }, () => this.connect());
  }

  /** An instance for each URL, and for each address of a name; those that stay keep their connections and their health. */
  private connect(): void {
    const before = this.instances;
    this.instances = new Map();
    for (const text of this.urls) {
      const { url } = readInstanceUrl(text);
      const follower = this.followers.get(text);
      for (const address of follower ? follower.addresses : [undefined]) {
        const key = `${text} ${address}`;
        this.instances.set(key, before.get(key) ?? this.open(url, address));
      }
    }
    this.choose.among([...this.instances.values()]);
    for (const [key, instance] of before) if (!this.instances.has(key)) void instance.close();
  }

  private open(url: string, address: string | undefined): Instance {
    const { open, observer } = this.options;
    const { intervalMs = 1_000, timeoutMs = 1_000 } = this.options.timing ?? {};
    const instance: Instance = new Instance(open(url, address), this.model, { intervalMs, timeoutMs }, this.nowMs, {
      mayEject: () => this.mayEject(instance),
      opened: (by) => observer?.opened(by),
    });
    return instance;
  }

  private mayEject(one: Instance): boolean {
    let aside = 1;
    for (const instance of this.instances.values()) if (instance !== one && instance.health.state !== 'ready') aside++;
    return aside <= Math.floor(this.instances.size * mostEjected);
  }
}

/** Only where not a byte was sent: nothing can be done twice. */
function mayRetry(answer: ModelAnswer): boolean {
  return answer.kind === 'failed' && answer.cause === 'unreachable' && !answer.sent;
}

function nowhere(): Promise<never> {
  return Promise.reject(new Error('names are not followed here'));
}
