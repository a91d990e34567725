// Answers that their callers have not read: each is held for so long and no longer, and the oldest go first where others need the room.
import { type ServerResponse } from 'node:http';
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
  private readonly all = new Map<ServerResponse, Held>();

  constructor(
    private readonly load: LoadGuard,
    private readonly readAnswerMs: number,
  ) {
    load.whenFull((bytes) => this.free(bytes));
  }

  hold(response: ServerResponse, bytes: number): void {
    this.load.holdAnyhow(bytes);
    const timer = setTimeout(() => response.destroy(), this.readAnswerMs).unref();
    this.all.set(response, { bytes, sinceMs: performance.now(), timer });
    response.once('close', () => this.release(response));
  }

  /** As many as it takes, and none that is young. */
  private free(bytes: number): void {
    let missing = bytes;
    const untilMs = performance.now() - leastMs;
    for (const [response, held] of this.all) {
      if (missing <= 0 || held.sinceMs > untilMs) return;
      missing -= held.bytes;
      this.release(response);
      response.destroy();
    }
  }

  private release(response: ServerResponse): void {
    const held = this.all.get(response);
    if (!held || !this.all.delete(response)) return;
    clearTimeout(held.timer);
    this.load.release(held.bytes);
  }
}
