// What this process takes on at once: predictions under way, bytes held for callers, and no more than its event loop can carry.
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { lookEveryMs, nextShare } from '../../domain/shed-share';

export type ShedReason = 'in-flight' | 'bytes' | 'lag';

export interface LoadLimits {
  /** Predictions under way at most. */
  readonly maxInFlight: number;
  /** Of questions and answers in memory. */
  readonly maxHeldBytes: number;
  /** The event loop's delay above which a share of the predictions is refused, milliseconds. */
  readonly maxLagMs: number;
}

/** The weight of the newest look: one slow turn is not a trend. */
const smoothing = 0.3;

export class LoadGuard {
  private underWay = 0;
  private held = 0;
  private share = 0;
  private lateMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private expectedMs = 0;
  private utilization: EventLoopUtilization | undefined;

  constructor(
    private readonly limits: LoadLimits,
    /** In [0, 1). */
    private readonly random: () => number = Math.random,
  ) {}

  get heldBytes(): number {
    return this.held;
  }

  get inFlight(): number {
    return this.underWay;
  }

  /** Of predictions, 0..1. */
  get shedShare(): number {
    return this.share;
  }

  /** Before anything is done for a prediction: why it is refused. */
  refusal(): ShedReason | undefined {
    if (this.underWay >= this.limits.maxInFlight) return 'in-flight';
    if (this.share > 0 && this.random() < this.share) return 'lag';
    return this.held >= this.limits.maxHeldBytes ? 'bytes' : undefined;
  }

  /** False: there is no room; nothing was taken. */
  enter(): boolean {
    if (this.underWay >= this.limits.maxInFlight) return false;
    this.underWay++;
    return true;
  }

  leave(): void {
    this.underWay--;
  }

  /** False: there is no room for them; nothing was taken. */
  hold(bytes: number): boolean {
    if (this.held + bytes > this.limits.maxHeldBytes) return false;
    this.held += bytes;
    return true;
  }

  /** For what is there already and cannot be refused. */
  holdAnyhow(bytes: number): void {
    this.held += bytes;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  start(): void {
    this.utilization = performance.eventLoopUtilization();
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private schedule(): void {
    this.expectedMs = performance.now() + lookEveryMs;
    this.timer = setTimeout(() => this.look(), lookEveryMs);
    this.timer.unref();
  }

  private look(): void {
    const late = Math.max(0, performance.now() - this.expectedMs);
    this.lateMs += smoothing * (late - this.lateMs);
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, this.utilization).utilization;
    this.utilization = now;
    this.share = nextShare(this.share, { lateMs: this.lateMs, busy }, this.limits.maxLagMs);
    this.schedule();
  }
}
