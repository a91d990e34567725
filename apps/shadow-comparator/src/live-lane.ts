// The way to one shadow version that has to bear production's load: each call begins at its own instant, and nothing waits for room.
import { setTimeout as pause } from 'node:timers/promises';

export class LiveLane {
  private underWay = 0;

  constructor(
    private readonly most: number,
    /** Milliseconds of a clock that never jumps. */
    private readonly steadyMs: () => number,
  ) {}

  /** Runs `work` at its instant, or at once where that has passed; undefined where as many are under way as may be. */
  async run<T>(dueMs: number, work: () => Promise<T>): Promise<T | undefined> {
    const waitMs = dueMs - this.steadyMs();
    if (waitMs > 0) await pause(waitMs);
    if (this.underWay >= this.most) return undefined;
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
    }
  }
}
