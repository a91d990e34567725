// How far each partition is behind, and whether a consumer that has work has stopped doing it.
import { type BusMetrics } from './bus-metrics';

interface Progress {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to handle; undefined until something was handled or looked up. */
  next: bigint | undefined;
  high: bigint;
  /** When the partition was first seen to be behind without moving since; monotonic milliseconds. */
  stuckSinceMs: number | undefined;
}

export class ProgressWatch {
  private readonly partitions = new Map<string, Progress>();

  constructor(
    private readonly group: string,
    private readonly metrics: BusMetrics,
  ) {}

  /** The partitions that are ours now; what is known of others is forgotten. */
  assign(assigned: readonly { topic: string; partition: number }[]): void {
    const ours = new Set(assigned.map(keyOf));
    for (const [key, { topic, partition }] of this.partitions)
      if (!ours.has(key)) {
        this.partitions.delete(key);
        this.metrics.set('weir_bus_lag_records', { group: this.group, topic, partition: String(partition) }, 0);
      }
    for (const { topic, partition } of assigned) this.of(topic, partition).stuckSinceMs = undefined;
  }

  assigned(): readonly { topic: string; partition: number }[] {
    return [...this.partitions.values()];
  }

  fetched(topic: string, partition: number, high: bigint): void {
    const progress = this.of(topic, partition);
    progress.stuckSinceMs = undefined;
    if (high > progress.high) progress.high = high;
  }

  handled(topic: string, partition: number, next: bigint): void {
    const progress = this.of(topic, partition);
    progress.stuckSinceMs = undefined;
    progress.next = next;
    this.report(progress);
  }

  /** The broker's word on where the log ends and, for a partition nothing was handled of yet, where the group stands. */
  observed(topic: string, partition: number, high: bigint, committed: bigint, nowMs: number, excused: boolean): void {
    const progress = this.of(topic, partition);
    progress.high = high;
    progress.next ??= committed;
    const behind = high > progress.next;
    progress.stuckSinceMs = behind && !excused ? (progress.stuckSinceMs ?? nowMs) : undefined;
    this.report(progress);
  }

  /** The partition that has been behind without moving for longest, if for longer than `limitMs`. */
  stalled(nowMs: number, limitMs: number): string | undefined {
    const stuck = [...this.partitions].find(
      ([, { stuckSinceMs }]) => stuckSinceMs !== undefined && nowMs - stuckSinceMs > limitMs,
    );
    return stuck?.[0];
  }

  lag(): number {
    return [...this.partitions.values()].reduce(
      (sum, { high, next }) => sum + Number(next === undefined || high < next ? 0n : high - next),
      0,
    );
  }

  private report({ topic, partition, high, next }: Progress): void {
    const lag = next === undefined || high < next ? 0n : high - next;
    this.metrics.set('weir_bus_lag_records', { group: this.group, topic, partition: String(partition) }, Number(lag));
  }

  private of(topic: string, partition: number): Progress {
    const key = keyOf({ topic, partition });
    const known = this.partitions.get(key);
    if (known) return known;
    const progress: Progress = { topic, partition, next: undefined, high: 0n, stuckSinceMs: undefined };
    this.partitions.set(key, progress);
    return progress;
  }
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}
