// Follows the addresses of a name: asks again and again, and keeps the last answer where there is none.

/** The addresses that a name has now, at least one. Rejects with the reason where there is none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface FollowTiming {
  /** Between an answer and the next question. Default 3000. */
  readonly refreshMs: number;
  /** After a question that had no answer. Default 1000. */
  readonly retryMs: number;
}

export class NameFollower {
  /** The last that were found, sorted; empty until the first answer. */
  addresses: readonly string[] = [];
  /** Why the last question had no answer; undefined when it had one. */
  problem: string | undefined;
  /** Settles after the first question, answered or not. */
  readonly asked: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    readonly name: string,
    private readonly resolve: Resolve,
    private readonly timing: FollowTiming,
    private readonly changed: () => void,
  ) {
    this.asked = this.ask();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    try {
      this.found(await this.resolve(this.name));
    } catch (error) {
      this.problem = `the addresses of ${this.name} could not be found: ${(error as Error).message}`;
    }
    if (this.closed) return;
    const waitMs = this.problem === undefined ? this.timing.refreshMs : this.timing.retryMs;
    this.timer = setTimeout(() => void this.ask(), waitMs);
    this.timer.unref();
  }

  private found(addresses: readonly string[]): void {
    const sorted = [...new Set(addresses)].sort();
    this.problem = undefined;
    if (this.closed || sorted.join() === this.addresses.join()) return;
    this.addresses = sorted;
    this.changed();
  }
}
