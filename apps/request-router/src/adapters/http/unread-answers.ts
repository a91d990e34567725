// Answers that their callers have not read: each is held for so long and no longer, and the oldest go first where others need the room.
import { type Caller } from './caller';
import { type LoadGuard } from './load-guard';

interface Held {
  readonly bytes: number;
  readonly sinceMs: number;
  readonly timer: NodeJS.Timeout;
}

/** A caller that is a moment behind is not a slow one. */
const leastMs = 1_000;

export class UnreadAnswers {
  /** The oldest first. */
  private readonly all = new Map<Caller, Held>();

  constructor(
    private readonly load: LoadGuard,
    private readonly readAnswerMs: number,
  ) {
    load.whenFull((bytes) => this.free(bytes));
  }

  hold(caller: Caller, bytes: number): void {
    this.load.holdAnyhow(bytes);
    const timer = setTimeout(() => caller.leave(), this.readAnswerMs).unref();
    this.all.set(caller, { bytes, sinceMs: performance.now(), timer });
    caller.onceOver(() => this.release(caller));
  }

  /** As many as it takes, and none that is young. */
  private free(bytes: number): void {
    let missing = bytes;
    const untilMs = performance.now() - leastMs;
    for (const [caller, held] of this.all) {
      if (missing <= 0 || held.sinceMs > untilMs) return;
      missing -= held.bytes;
      this.release(caller);
      caller.leave();
    }
  }

  private release(caller: Caller): void {
    const held = this.all.get(caller);
    if (!held || !this.all.delete(caller)) return;
    clearTimeout(held.timer);
    this.load.release(held.bytes);
  }
}
