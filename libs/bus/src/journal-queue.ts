// What the journal still owes Kafka, in order: records held in memory, and stretches of disk that are read when due.
import { type JournalStore, type Stretch } from './journal-store';
import { type OutgoingRecord } from './ports';

export interface Owed {
  /** Absent: on disk only. */
  records?: readonly OutgoingRecord[];
  bytes: number;
  /** Absent: in memory only (the disk could not be written). */
  place?: { store: JournalStore; stretch: Stretch };
  /** Called with nothing when Kafka has it, else with the error; set where a caller waits for that. */
  readonly settled?: (error?: Error) => void;
}

export class JournalQueue {
  private owed: Owed[] = [];
  private head = 0;
  private memoryBytes = 0;
  /** Bytes of what waits, wherever it is. */
  bytes = 0;

  constructor(private readonly maxMemoryBytes: number) {}

  get length(): number {
    return this.owed.length - this.head;
  }

  /** Returns false when there is no room: in memory, and the disk does not have it either. */
  add(one: Owed): boolean {
    if (one.records && this.memoryBytes + one.bytes > this.maxMemoryBytes) {
      if (!one.place) return false;
      delete one.records;
    }
    this.bytes += one.bytes;
    if (one.records) this.memoryBytes += one.bytes;
    else if (this.merge(one)) return true;
    this.owed.push(one);
    return true;
  }

  first(): Owed | undefined {
    return this.owed[this.head];
  }

  /** The first entries that are in memory, as many as make one request. */
  inMemory(maxBytes: number): Owed[] {
    const found: Owed[] = [];
    let bytes = 0;
    for (let at = this.head; at < this.owed.length; at += 1) {
      const one = this.owed[at];
      if (!one?.records || (found.length > 0 && bytes + one.bytes > maxBytes)) break;
      bytes += one.bytes;
      found.push(one);
    }
    return found;
  }

  drop(count: number): Owed[] {
    const dropped = this.owed.slice(this.head, this.head + count);
    for (const one of dropped) {
      this.bytes -= one.bytes;
      if (one.records) this.memoryBytes -= one.bytes;
    }
    this.head += dropped.length;
    if (this.head > 1_024 || this.head === this.owed.length) {
      this.owed = this.owed.slice(this.head);
      this.head = 0;
    }
    return dropped;
  }

  /** The first entry was read up to there; it goes when nothing of it is left. */
  advanceFirst(from: number): void {
    const first = this.first();
    if (!first?.place) return;
    const { stretch } = first.place;
    this.bytes -= from - stretch.from;
    first.bytes -= from - stretch.from;
    first.place.stretch = { ...stretch, from };
    if (from === stretch.to) this.drop(1);
  }

  /** A stretch that continues the last one makes it longer: an outage of hours is a few entries. */
  private merge(one: Owed): boolean {
    const last = this.length > 0 ? this.owed.at(-1) : undefined;
    if (!last?.place || last.records || !one.place || last.place.store !== one.place.store) return false;
    const [a, b] = [last.place.stretch, one.place.stretch];
    if (a.segment !== b.segment || a.to !== b.from) return false;
    last.place.stretch = { ...a, to: b.to };
    last.bytes += one.bytes;
    return true;
  }
}
