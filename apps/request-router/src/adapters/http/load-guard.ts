// What this process takes on at once: predictions under way, bytes held for callers, and no more than its event loop can carry.
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { lookEveryMs, nextShedding, noShedding, type Shedding } from '../../domain/shed-share';

export type ShedReason = 'in-flight' | 'version' | 'bytes' | 'lag';

export interface LoadLimits {
  /** Predictions under way at most. */
  readonly maxInFlight: number;
  /** Of questions and answers in memory. */
  readonly maxHeldBytes: number;
  /** The event loop's delay above which a share of the predictions is refused, milliseconds. */
  readonly maxLagMs: number;
}

export class LoadGuard {
  private underWay = 0;
  private held = 0;
  private shedding: Shedding = noShedding;
  /** The least of the last two looks' delays: a turn that was slow once has passed. */
  private lateMs = 0;
  private arrivals = 0;
  private timer: NodeJS.Timeout | undefined;
  private freeUp: (bytes: number) => void = () => undefined;
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
    return this.shedding.share;
  }

  /** Before anything is done for a prediction: why it is refused. */
  refusal(): ShedReason | undefined {
    this.arrivals++;
    if (this.underWay >= this.limits.maxInFlight) return 'in-flight';
    if (this.shedding.share > 0 && this.random() < this.shedding.share) return 'lag';
    return this.hasRoomFor(1) ? undefined : 'bytes';
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
    if (!this.hasRoomFor(bytes)) return false;
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

  /** `free` lets go of what can be missed, before anything is refused for want of so many bytes. */
  whenFull(free: (bytes: number) => void): void {
    this.freeUp = free;
  }

  private hasRoomFor(bytes: number): boolean {
    const { maxHeldBytes } = this.limits;
    if (this.held + bytes > maxHeldBytes) this.freeUp(this.held + bytes - maxHeldBytes);
    return this.held + bytes <= maxHeldBytes;
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
    const lateMs = Math.min(this.lateMs, late);
    this.lateMs = late;
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, this.utilization).utilization;
    this.utilization = now;
    this.shedding = nextShedding(this.shedding, { lateMs, busy, arrivals: this.arrivals }, this.limits.maxLagMs);
    this.arrivals = 0;
    this.schedule();
  }
}
