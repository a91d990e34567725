// The log of outcomes, read again from its beginning beside the consumer group, which hears nothing of it.
import { readRange, type BusOptions, type IncomingRecord, type Positions } from '@weir/bus';
import { outcomeJoined, type OutcomeJoined } from '@weir/contracts';
import { type Log } from '../../ports';

const atOnce = 500;

export class OutcomeLog implements Log {
  constructor(private readonly bus: BusOptions) {}

  async replay(
    from: Positions,
    to: Positions,
    onOutcomes: (outcomes: readonly OutcomeJoined[]) => Promise<void>,
  ): Promise<{ records: number; keptSinceMs?: number }> {
    const gathered: OutcomeJoined[] = [];
    const firsts = new Map<number, IncomingRecord>();
    let records = 0;
    await readRange(this.bus, outcomeJoined, from, async (event, record) => {
      const { partition } = record;
      if (!firsts.has(partition)) firsts.set(partition, record);
      // what the allocator has not learnt yet is none of what is compared
      if (!event || BigInt(record.offset) >= (to.get(partition) ?? 0n)) return;
      records += 1;
      gathered.push(event);
      if (gathered.length >= atOnce) await onOutcomes(gathered.splice(0));
    });
    if (gathered.length > 0) await onOutcomes(gathered);
    const keptSinceMs = lostUpTo(from, to, firsts);
    return { records, ...(keptSinceMs !== undefined && { keptSinceMs }) };
  }
}

/** A partition that does not begin where it was asked to has lost what was before. */
function lostUpTo(from: Positions, to: Positions, firsts: ReadonlyMap<number, IncomingRecord>): number | undefined {
  const lost = [...to].flatMap(([partition, end]) => {
    const [begin, first] = [from.get(partition) ?? 0n, firsts.get(partition)];
    if (!first) return end > begin ? [Infinity] : [];
    return BigInt(first.offset) > begin ? [first.timestampMs] : [];
  });
  return lost.length > 0 ? Math.max(...lost) : undefined;
}
