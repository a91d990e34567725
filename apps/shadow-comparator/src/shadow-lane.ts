// The way to one shadow version: so many calls at once, so many a second, and whoever waits too long is sent away.

export interface LaneLimits {
  readonly concurrency: number;
  /** Calls begun a second, evenly; a second's worth of a pause is not caught up. */
  readonly ratePerSecond: number;
}

interface Waiter {
  readonly startByMs: number;
  readonly enter: (mayStart: boolean) => void;
}

export class ShadowLane {
  private underWay = 0;
  private nextStartMs = -Infinity;
  private readonly waiting: Waiter[] = [];
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Infinity;

  constructor(
    private readonly limits: LaneLimits,
    /** Milliseconds of a clock that never jumps. */
    private readonly steadyMs: () => number,
  ) {}

  /** Runs `work` when its turn comes; undefined where that was not before `startByMs`. */
  async run<T>(startByMs: number, work: () => Promise<T>): Promise<T | undefined> {
    const mayStart = await new Promise<boolean>((enter) => {
      this.waiting.push({ startByMs, enter });
      this.admit();
    });
    if (!mayStart) return undefined;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      this.admit();
    }
  }

  /** First come, first served; chunks come with their own deadline, and an earlier one's is earlier. */
  private admit(): void {
    const nowMs = this.steadyMs();
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const late = nowMs >= first.startByMs;
      if (!late && (this.underWay >= this.limits.concurrency || nowMs < this.nextStartMs)) break;
      this.waiting.shift();
      if (!late) {
        this.underWay += 1;
        const everyMs = 1_000 / this.limits.ratePerSecond;
        // a timer is a few milliseconds late at times: the rate holds all the same
        this.nextStartMs = Math.max(this.nextStartMs + everyMs, nowMs + everyMs - slackMs);
      }
      first.enter(!late);
    }
    this.wakeFor(this.waiting[0], nowMs);
  }

  private wakeFor(first: Waiter | undefined, nowMs: number): void {
    if (!first) return;
    const full = this.underWay >= this.limits.concurrency;
    const nextMs = full ? first.startByMs : Math.min(first.startByMs, this.nextStartMs);
    // one that rings too early only looks again
    if (this.timerAtMs <= nextMs) return;
    clearTimeout(this.timer);
    this.timerAtMs = nextMs;
    this.timer = setTimeout(() => this.ring(), Math.max(1, Math.ceil(nextMs - nowMs))).unref();
  }

  private ring(): void {
    this.timerAtMs = Infinity;
    this.admit();
  }
}

const slackMs = 50;
