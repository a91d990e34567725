// Gathers calls that come while another is at work: they share one transaction, so a caller of single outcomes pays a share of a commit.
import { WeirError } from '@weir/contracts';

export class OverloadedError extends WeirError {
  constructor() {
    super('overloaded', 'too many calls wait; nothing was taken, send it again', true);
  }
}

export interface GatherOptions<Call, Result> {
  /** Together or not at all; results in the order of the calls. */
  readonly work: (calls: readonly Call[]) => Promise<readonly Result[]>;
  /** How much of a batch a call takes up, and how much a batch may hold; a call above it goes alone. */
  readonly weigh: (call: Call) => number;
  readonly mostWeight: number;
  /** Two calls of one key never share a batch: the later one must see what became of the earlier. */
  readonly keyOf: (call: Call) => string | undefined;
  /** Calls that may wait; above it they are refused. */
  readonly mostWaiting: number;
  /** True for errors that one of the calls may have brought: then each is tried alone, so that it fails nobody else. */
  readonly isOneCallsFault: (error: unknown) => boolean;
}

interface Waiting<Call, Result> {
  readonly call: Call;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class GatherCalls<Call, Result> {
  private waiting: Waiting<Call, Result>[] = [];
  private isWorking = false;

  constructor(private readonly options: GatherOptions<Call, Result>) {}

  /** @throws OverloadedError at once when too many wait; else what the work throws. */
  add(call: Call): Promise<Result> {
    if (this.waiting.length >= this.options.mostWaiting) return Promise.reject(new OverloadedError());
    return new Promise((resolve, reject) => {
      this.waiting.push({ call, resolve, reject });
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    while (this.waiting.length > 0) await this.settle(this.take());
    this.isWorking = false;
  }

  private take(): readonly Waiting<Call, Result>[] {
    const { weigh, keyOf, mostWeight } = this.options;
    const keys = new Set<string>();
    const batch: Waiting<Call, Result>[] = [];
    let weight = 0;
    for (const one of this.waiting) {
      const key = keyOf(one.call);
      weight += weigh(one.call);
      if (batch.length > 0 && (weight > mostWeight || (key !== undefined && keys.has(key)))) break;
      batch.push(one);
      if (key !== undefined) keys.add(key);
    }
    this.waiting = this.waiting.slice(batch.length);
    return batch;
  }

  private async settle(batch: readonly Waiting<Call, Result>[]): Promise<void> {
    try {
      const results = await this.options.work(batch.map(({ call }) => call));
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      if (batch.length > 1 && this.options.isOneCallsFault(error)) for (const one of batch) await this.settle([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
