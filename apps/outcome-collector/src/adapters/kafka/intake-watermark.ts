// How far the intake topics have been applied, as an instant: what was appended before it is in the database.
import { endsOfTopic, type BusOptions, type Ledger, type Positions } from '@weir/bus';
import { outcomeReported, predictionServed } from '@weir/contracts';
import { type AppliedUpTo } from '../../ports';

const topics = [predictionServed.topic, outcomeReported.topic];

/** The broker stamps arrivals by its clock, we take instants by the database's: they may differ by this much. */
const clockSkewMs = 1_000;

interface Snapshot {
  /** Taken before the ends were asked for. */
  readonly atMs: number;
  readonly ends: ReadonlyMap<string, Positions>;
}

export class IntakeWatermark implements AppliedUpTo {
  private awaited: Snapshot | undefined;
  private appliedMs: number | undefined;

  constructor(
    private readonly bus: BusOptions,
    private readonly ledger: Ledger,
    private readonly nowMs: () => Promise<number>,
  ) {}

  /** Moves on once all that a snapshot of the topics' ends names has been applied; until then a new one would never be reached. */
  async instantMs(): Promise<number | undefined> {
    this.awaited ??= await this.snapshot();
    if (await this.isApplied(this.awaited)) {
      this.appliedMs = this.awaited.atMs - clockSkewMs;
      this.awaited = undefined;
    }
    return this.appliedMs;
  }

  private async snapshot(): Promise<Snapshot> {
    const atMs = await this.nowMs();
    const ends = await Promise.all(topics.map(async (topic) => [topic, await endsOfTopic(this.bus, topic)] as const));
    return { atMs, ends: new Map(ends) };
  }

  private async isApplied({ ends }: Snapshot): Promise<boolean> {
    for (const [topic, byPartition] of ends) {
      const positions = await this.ledger.positions(topic);
      const next = new Map(positions.map((position) => [position.partition, position.next]));
      for (const [partition, end] of byPartition) if ((next.get(partition) ?? 0n) < end) return false;
    }
    return true;
  }
}
