// The router's way to Kafka: never blocks, never throws; every record goes to disk, then to Kafka, in order, at least once.
import { silentLogger, type BusLogger } from './bus-logger';
import { noMetrics, type BusMetrics } from './bus-metrics';
import { BusError } from './errors';
import { JournalDisk } from './journal-disk';
import { encodeFrame } from './journal-frame';
import { JournalLosses } from './journal-losses';
import { JournalQueue } from './journal-queue';
import { JournalSender } from './journal-sender';
import { type OutgoingRecord, type Producer } from './ports';

export interface JournalEntry {
  readonly topic: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Serialises the value; called off the live path, within 20 ms. */
  render(): Buffer | string;
  /** About how large the value will be; bounds the ring. Default 1 KiB. */
  readonly approximateBytes?: number;
}

export interface EventJournalOptions {
  /** Shared by successive processes and, safely, by several at once: each has its own folder in it. */
  readonly directory: string;
  readonly producer: Producer;
  readonly logger?: BusLogger;
  readonly metrics?: BusMetrics;
  /** Of what Kafka has not acknowledged, adopted journals included. Above it the newest are dropped. Default 512 MiB. */
  readonly maxDiskBytes?: number;
  /** Of the copies in memory that save reading back, and of everything while the disk cannot be written. Default 16 MiB. */
  readonly maxMemoryBytes?: number;
  /** Of what was pushed and not yet written. Default 32 MiB. */
  readonly maxRingBytes?: number;
  readonly segmentBytes?: number;
  readonly flushEveryMs?: number;
  /** How long a disk that failed is left alone. Default 5 s. */
  readonly retryDiskEveryMs?: number;
}

export interface JournalStatus {
  /** memory: the directory cannot be written; what Kafka has not acknowledged dies with the process. */
  readonly mode: 'disk' | 'memory';
  /** Not acknowledged by Kafka. */
  readonly pendingBytes: number;
  /** What of it may be on disk; above it the newest are dropped. */
  readonly maxDiskBytes: number;
  readonly dropped: number;
  /** Pushed and not yet written, of `pendingBytes` about so many. */
  readonly ringRecords: number;
  readonly ringBytes: number;
  /** Milliseconds since a record was dropped last; undefined: none was. */
  readonly droppedForMs: number | undefined;
  readonly tornBytes: number;
}

interface Ringed {
  readonly entry: JournalEntry;
  readonly settled?: (error?: Error) => void;
}

const mebibyte = 1024 ** 2;
const writeRecords = 500;
const writeBytes = mebibyte;

export class EventJournal {
  private ring: Ringed[] = [];
  private ringBytes = 0;
  /** Taken from the ring and on its way to the disk. */
  private writingBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private closed = false;
  private readonly maxDiskBytes: number;
  private readonly losses: JournalLosses;
  private readonly queue: JournalQueue;
  private readonly disk: JournalDisk;
  private readonly sender: JournalSender;

  private constructor(private readonly options: EventJournalOptions) {
    const logger = options.logger ?? silentLogger;
    const metrics = options.metrics ?? noMetrics;
    this.maxDiskBytes = options.maxDiskBytes ?? 512 * mebibyte;
    this.losses = new JournalLosses(logger, metrics);
    this.queue = new JournalQueue(options.maxMemoryBytes ?? 16 * mebibyte);
    this.disk = new JournalDisk(
      options.directory,
      options.segmentBytes ?? 16 * mebibyte,
      options.retryDiskEveryMs ?? 5_000,
      logger,
    );
    this.sender = new JournalSender({
      queue: this.queue,
      producer: options.producer,
      losses: this.losses,
      isOnDisk: () => this.disk.usable,
      logger,
      metrics,
    });
  }

  /** Adopts what earlier processes left. Never rejects: where the directory cannot be used, the journal is in memory and says so. */
  static async open(options: EventJournalOptions): Promise<EventJournal> {
    const journal = new EventJournal(options);
    const take = async () => {
      for (const owed of await journal.disk.adopt()) journal.queue.add(owed);
      journal.sender.wake();
    };
    await journal.disk.open(take);
    await take();
    journal.sender.start();
    return journal;
  }

  /** Returns at once. A record that finds no room is dropped, counted and logged. */
  push(entry: JournalEntry): void {
    if (this.admit(entry)) this.enqueue({ entry });
  }

  /**
   * Resolves when the disk has the record (fdatasync, shared by all that came meanwhile); while the disk cannot be
   * written, when Kafka has it.
   * @throws BusError journal-full, journal-closed, or what Kafka said; then nobody has the record.
   */
  append(entry: JournalEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.admit(entry)) return reject(this.closed ? closedError() : fullError());
      this.enqueue({ entry, settled: (error) => (error ? reject(error) : resolve()) });
    });
  }

  status(): JournalStatus {
    const { dropped, tornBytes, lostAtMs } = this.losses;
    return {
      mode: this.disk.usable ? 'disk' : 'memory',
      pendingBytes: this.queue.bytes + this.ringBytes + this.writingBytes,
      maxDiskBytes: this.maxDiskBytes,
      ringRecords: this.ring.length,
      ringBytes: this.ringBytes,
      dropped,
      droppedForMs: lostAtMs === undefined ? undefined : performance.now() - lostAtMs,
      tornBytes,
    };
  }

  /** Writes the ring, sends what Kafka takes within the time; the rest stays on disk for the next process. */
  async close(withinMs = 5_000): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    await this.flushing;
    await this.flush();
    await this.sender.drain(withinMs);
    const left = this.queue.drop(this.queue.length);
    for (const { settled } of left) settled?.(closedError());
    const lost = left.reduce((sum, { place, records }) => sum + (place ? 0 : (records?.length ?? 0)), 0);
    if (lost > 0) this.losses.drop('closed', lost);
    await this.disk.close(left.length === 0);
  }

  private admit(entry: JournalEntry): boolean {
    const room = this.ringBytes + sizeOf(entry) <= (this.options.maxRingBytes ?? 32 * mebibyte);
    if (this.closed || !room) this.losses.drop(this.closed ? 'closed' : 'ring-full', 1);
    return !this.closed && room;
  }

  private enqueue(ringed: Ringed): void {
    this.ring.push(ringed);
    this.ringBytes += sizeOf(ringed.entry);
    if (this.flushing) return;
    if (ringed.settled || this.ring.length >= writeRecords) setImmediate(() => this.startFlush());
    else this.timer ??= setTimeout(() => this.startFlush(), this.options.flushEveryMs ?? 20);
  }

  private startFlush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing ??= this.flush().finally(() => {
      this.flushing = undefined;
      if (this.ring.length > 0 && !this.closed) this.timer ??= setTimeout(() => this.startFlush(), 0);
    });
  }

  private async flush(): Promise<void> {
    while (this.ring.length > 0) {
      const { taken, records, frames } = this.render();
      if (records.length === 0) continue;
      const written = Buffer.concat(frames);
      this.writingBytes = written.length;
      await this.write(taken, records, written).finally(() => (this.writingBytes = 0));
    }
  }

  private render(): { taken: Ringed[]; records: OutgoingRecord[]; frames: Buffer[] } {
    const [taken, records, frames]: [Ringed[], OutgoingRecord[], Buffer[]] = [[], [], []];
    let count = 0;
    for (let bytes = 0; count < this.ring.length && count < writeRecords && bytes < writeBytes; count += 1) {
      const ringed = this.ring[count] as Ringed;
      this.ringBytes -= sizeOf(ringed.entry);
      try {
        const { topic, key, headers } = ringed.entry;
        const record = { topic, key, headers, value: ringed.entry.render() };
        const frame = encodeFrame(record);
        bytes += frame.length;
        taken.push(ringed);
        records.push(record);
        frames.push(frame);
      } catch (error) {
        this.losses.drop('render', 1, error);
        ringed.settled?.(error as Error);
      }
    }
    this.ring = this.ring.slice(count);
    return { taken, records, frames };
  }

  private async write(taken: readonly Ringed[], records: readonly OutgoingRecord[], frames: Buffer): Promise<void> {
    const waiting = taken.flatMap(({ settled }) => (settled ? [settled] : []));
    const settle = (error?: Error) => waiting.forEach((one) => one(error));
    const full = this.queue.bytes + frames.length > this.maxDiskBytes;
    const place = full ? undefined : await this.disk.append(frames, waiting.length > 0);
    if (place) settle();
    const owed = { records, bytes: frames.length, ...(place ? { place } : { settled: settle }) };
    if (full || !this.queue.add(owed)) {
      this.losses.drop(full ? 'disk-full' : 'memory-full', records.length);
      settle(fullError());
    }
    this.sender.wake();
  }
}

function sizeOf(entry: JournalEntry): number {
  return entry.approximateBytes ?? 1_024;
}

function fullError(): BusError {
  return new BusError('journal-full', 'the journal has no room', true);
}

function closedError(): BusError {
  return new BusError('journal-closed', 'the journal was closed', false);
}
