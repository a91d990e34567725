// Whether an instance should be asked: what probes say, and what calls have shown. Time is passed in.

const failuresToOpen = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * Ready until shown otherwise. Two failed probes in a row, or one refused connection, make it unready until a probe succeeds.
 * Five calls in a row without an answer (timeouts, broken connections) open the breaker: one trial a pause, the pause doubling.
 * An answer, even a 5xx, closes it: failing fast is the caller's fallback's matter.
 */
export class InstanceHealth {
  private probeFailures = 0;
  private unready = false;
  private failures = 0;
  private closedFromMs = 0;
  private pauseMs = firstPauseMs;

  get ready(): boolean {
    return !this.unready;
  }

  available(nowMs: number): boolean {
    return !this.unready && nowMs >= this.closedFromMs;
  }

  probed(ready: boolean): void {
    this.probeFailures = ready ? 0 : this.probeFailures + 1;
    if (ready) this.unready = false;
    else if (this.probeFailures >= 2) this.unready = true;
  }

  /** A call begins; while the breaker is open this is the one trial of the pause. */
  called(nowMs: number): void {
    if (this.failures >= failuresToOpen) this.closedFromMs = nowMs + this.pauseMs;
  }

  answered(): void {
    this.failures = 0;
    this.closedFromMs = 0;
    this.pauseMs = firstPauseMs;
  }

  refused(): void {
    this.unready = true;
  }

  failed(nowMs: number): void {
    this.failures++;
    if (this.failures < failuresToOpen) return;
    if (this.failures > failuresToOpen) this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
    this.closedFromMs = nowMs + this.pauseMs;
  }
}
