// Keeps a consumer at the ledger's offset, whatever Kafka's own commit says.
import { type BusLogger } from './bus-logger';
import { type BusMetrics } from './bus-metrics';
import { type OffsetTruth } from './ledger';

export interface LogEnds {
  /** The first and the next offset of a partition's log. */
  of(topic: string, partition: number): Promise<{ low: bigint; high: bigint }>;
}

/** from: handle records from this offset on; seek: the batch is not the next one, go there first. */
export type Start = { readonly kind: 'from' | 'seek'; readonly offset: bigint };

interface GuardOptions {
  readonly truth: OffsetTruth | undefined;
  readonly ends: LogEnds;
  readonly group: string;
  readonly logger: BusLogger;
  readonly metrics: BusMetrics;
}

export class OffsetGuard {
  private readonly checked = new Set<string>();
  private readonly sought = new Set<string>();

  constructor(private readonly options: GuardOptions) {}

  /** After each join of the group every partition is checked anew: another member may have moved it. */
  forget(): void {
    this.checked.clear();
    this.sought.clear();
  }

  /** @throws what the ledger or the broker answers with when it is away. */
  async check(topic: string, partition: number, first: bigint): Promise<Start> {
    const key = `${topic}/${partition}`;
    if (this.checked.has(key) || !this.options.truth) return { kind: 'from', offset: first };
    const { next } = await this.settled(topic, partition);
    if (first > next && !this.sought.has(key)) {
      this.sought.add(key); // offsets that compaction took away leave a gap that no seek closes: one seek is enough
      this.options.logger.warn(
        { topic, partition, ledger: String(next), kafka: String(first) },
        'the group was ahead of the ledger and goes back',
      );
      return { kind: 'seek', offset: next };
    }
    this.checked.add(key);
    return { kind: 'from', offset: next };
  }

  /** Where each assigned partition should go on, and how many records are there; for a seek right after the join. */
  async starts(
    topic: string,
    partitions: readonly number[],
  ): Promise<{ partition: number; offset: bigint; behind: bigint }[]> {
    if (!this.options.truth) return [];
    const settled = await Promise.all(
      partitions.map(async (partition) => {
        const { next, behind } = await this.settled(topic, partition);
        return { partition, offset: next, behind };
      }),
    );
    return settled.filter(({ partition }) => !this.checked.has(`${topic}/${partition}`)); // a batch may have been quicker
  }

  /** The ledger's offset, made to lie within the log. */
  private async settled(topic: string, partition: number): Promise<{ next: bigint; behind: bigint }> {
    const { truth, ends, group, logger, metrics } = this.options;
    const next = (await truth?.positions(topic))?.find((position) => position.partition === partition)?.next;
    const { low, high } = await ends.of(topic, partition);
    const fromLow = { next: low, behind: high - low };
    if (next === undefined) return fromLow;
    if (next > high) {
      logger.error(
        { topic, partition, ledger: String(next), end: String(high) },
        'the topic is shorter than what was applied of it: it was made anew and is read from its beginning',
      );
      await truth?.reset({ topic, partition, next: low });
      return fromLow;
    }
    if (next < low) {
      logger.error(
        { topic, partition, ledger: String(next), low: String(low) },
        'records expired before they were applied',
      );
      metrics.add('weir_bus_offset_gap_total', { group, topic }, Number(low - next));
      await truth?.advance({ topic, partition, next: low });
      return fromLow;
    }
    return { next, behind: high - next };
  }
}
