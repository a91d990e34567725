// "Everything that was in these topics at instant T has been applied": the clock by which expiry may be decided.
import { silentLogger, type BusLogger } from './bus-logger';
import { createKafka, patient, type BusOptions } from './kafka-client';
import { type OffsetTruth } from './ledger';
import { LogEndsReader, type LogEnd } from './log-ends';

export interface WatermarkOptions extends BusOptions {
  readonly ledger: OffsetTruth;
  /** Topics without prefix. */
  readonly topics: readonly string[];
  readonly logger?: BusLogger;
}

type Ends = ReadonlyMap<string, ReadonlyMap<number, LogEnd>>;

interface Mark {
  readonly atMs: number;
  readonly ends: Ends;
}

/** Enough to reach back an hour at one a minute; the oldest are kept, for they are passed first. */
const maxMarks = 64;

export class Watermark {
  private readonly admin;
  private readonly reader: LogEndsReader;
  private marks: Mark[] = [];
  private passedMs: number | undefined;

  constructor(private readonly options: WatermarkOptions) {
    this.admin = createKafka(options, patient, options.logger ?? silentLogger).admin({
      retry: { ...patient, retries: 2 },
    });
    this.reader = new LogEndsReader(this.admin, options.topicPrefix);
  }

  /**
   * Notes where the topics end now, and returns the latest instant of those noted before which has been passed: all that
   * was appended before it is in the ledger. undefined: none yet.
   * @param nowMs the caller's clock (the database's), read before the call.
   * @throws while Kafka or the database is away: then nothing is known, and nothing may expire.
   */
  async advance(nowMs: number): Promise<number | undefined> {
    const ends = new Map<string, ReadonlyMap<number, LogEnd>>();
    for (const topic of this.options.topics) ends.set(topic, await this.reader.ofTopic(topic));
    const applied = await this.applied();
    if (this.marks.length < maxMarks) this.marks.push({ atMs: nowMs, ends });
    const passed = this.marks.filter((mark) => isPassed(mark.ends, applied));
    if (passed.length > 0) this.passedMs = Math.max(this.passedMs ?? -Infinity, ...passed.map(({ atMs }) => atMs));
    this.marks = this.marks.filter((mark) => !passed.includes(mark));
    return this.passedMs;
  }

  async close(): Promise<void> {
    await this.admin.disconnect();
  }

  private async applied(): Promise<ReadonlyMap<string, ReadonlyMap<number, bigint>>> {
    const applied = new Map<string, ReadonlyMap<number, bigint>>();
    for (const topic of this.options.topics) {
      const positions = await this.options.ledger.positions(topic);
      applied.set(topic, new Map(positions.map(({ partition, next }) => [partition, next])));
    }
    return applied;
  }
}

function isPassed(ends: Ends, applied: ReadonlyMap<string, ReadonlyMap<number, bigint>>): boolean {
  return [...ends].every(([topic, partitions]) =>
    [...partitions].every(
      ([partition, { low, high }]) => low === high || (applied.get(topic)?.get(partition) ?? 0n) >= high,
    ),
  );
}
