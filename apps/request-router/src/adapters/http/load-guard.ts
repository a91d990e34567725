// What this process takes on at once: predictions under way, bytes held for callers, and no more than its event loop can carry.
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { lookEveryMs, nextPace, unbounded, type Pace } from '../../domain/pace';

export type ShedReason = 'in-flight' | 'version' | 'bytes' | 'lag';

export interface LoadLimits {
  /** Predictions under way at most. */
  readonly maxInFlight: number;
  /** Of questions and answers in memory. */
  readonly maxHeldBytes: number;
  /** The event loop's delay above which no more predictions are taken on than it can carry, milliseconds. */
  readonly maxLagMs: number;
}

export class LoadGuard {
  private underWay = 0;
  private held = 0;
  private pace: Pace = unbounded;
  /** What may be taken on at this moment under a pace, and as of when. */
  private tokens = 0;
  private tokensMs = 0;
  private late = 0;
  private answered = 0;
  private share = 0;
  /** The least of the last two looks' delays: a turn that was slow once has passed. */
  private lateMs = 0;
  private arrivals = 0;
  private timer: NodeJS.Timeout | undefined;
  private freeUp: (bytes: number) => void = () => undefined;
  private expectedMs = 0;
  private utilization: EventLoopUtilization | undefined;

  constructor(private readonly limits: LoadLimits) {}

  get heldBytes(): number {
    return this.held;
  }

  get inFlight(): number {
    return this.underWay;
  }

  /** Of the predictions that came lately, those refused because the loop was behind, 0..1. */
  get shedShare(): number {
    return this.share;
  }

  /** Before anything is done for a prediction: why it is refused. */
  refusal(): ShedReason | undefined {
    this.arrivals++;
    if (this.underWay >= this.limits.maxInFlight) return 'in-flight';
    if (this.pace.perMs !== Infinity && !this.takeToken()) return this.tooLate();
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
    this.answered++;
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

  /** Callers come in bursts: what the bound's time allows may be taken on at once. */
  private takeToken(): boolean {
    const nowMs = performance.now();
    const { perMs } = this.pace;
    const most = Math.max(1, perMs * this.limits.maxLagMs);
    this.tokens = Math.min(most, this.tokens + (nowMs - this.tokensMs) * perMs);
    this.tokensMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  private tooLate(): ShedReason {
    this.late++;
    return 'lag';
  }

  private look(): void {
    const nowMs = performance.now();
    const late = Math.max(0, nowMs - this.expectedMs);
    const lateMs = Math.min(this.lateMs, late);
    this.lateMs = late;
    const used = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(used, this.utilization).utilization;
    this.utilization = used;
    const { arrivals, answered } = this;
    this.pace = nextPace(
      this.pace,
      { lateMs, busy, arrivals, answered, elapsedMs: lookEveryMs + late },
      this.limits.maxLagMs,
    );
    this.share = arrivals === 0 ? 0 : this.late / arrivals;
    this.arrivals = this.answered = this.late = 0;
    this.schedule();
  }
}
