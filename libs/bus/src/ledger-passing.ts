// Chunks that concern nobody cost no transaction: the ledger hears of them now and then. What it has not heard of is read again, for as little.
import { type OffsetTruth } from './ledger';
import { type Chunk } from './ports';

export class LedgerPassing {
  private readonly toldMs = new Map<string, number>();

  constructor(
    private readonly ledger: OffsetTruth,
    private readonly steadyMs: () => number,
    private readonly everyMs: number,
  ) {}

  async passed({ topic, partition, records }: Chunk<unknown>): Promise<void> {
    const last = records.at(-1)?.record.offset;
    const key = `${topic}/${partition}`;
    const nowMs = this.steadyMs();
    if (last === undefined || nowMs - (this.toldMs.get(key) ?? -Infinity) < this.everyMs) return;
    await this.ledger.advance({ topic, partition, next: BigInt(last) + 1n });
    this.toldMs.set(key, nowMs);
  }
}
