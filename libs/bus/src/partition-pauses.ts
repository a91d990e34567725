// Partitions that wait for a dependency: each resumes after a pause that doubles while it fails again.

const shortestMs = 100;
const longestMs = 5_000;

interface Pause {
  failures: number;
  why: string;
  resume?: () => void;
  timer?: NodeJS.Timeout;
}

export class PartitionPauses {
  private readonly pauses = new Map<string, Pause>();

  /** `resume` is called once, when the pause is over or ended. */
  begin(key: string, why: string, resume: () => void): void {
    const pause = this.pauses.get(key) ?? { failures: 0, why };
    this.pauses.set(key, pause);
    pause.why = why;
    this.wakeUp(pause);
    pause.resume = resume;
    const ms = Math.min(longestMs, shortestMs * 2 ** Math.min(pause.failures, 10)) * (0.8 + 0.4 * Math.random());
    pause.failures += 1;
    pause.timer = setTimeout(() => this.wakeUp(pause), ms);
  }

  /** The partition's records were handled: the next failure starts with the shortest pause. */
  succeed(key: string): void {
    const pause = this.pauses.get(key);
    if (!pause) return;
    this.wakeUp(pause);
    this.pauses.delete(key);
  }

  /** Why a partition waits, or undefined. */
  whyOf(key: string): string | undefined {
    return this.pauses.get(key)?.why;
  }

  all(): string[] {
    return [...this.pauses].map(([key, { why }]) => `${key}: ${why}`);
  }

  /** All resume at once: at the end, or when the group was joined anew. */
  clear(): void {
    for (const pause of this.pauses.values()) this.wakeUp(pause);
    this.pauses.clear();
  }

  private wakeUp(pause: Pause): void {
    clearTimeout(pause.timer);
    const { resume } = pause;
    delete pause.resume;
    resume?.();
  }
}
