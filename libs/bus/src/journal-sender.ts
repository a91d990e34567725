// Brings what the journal owes to Kafka: one request in flight, in order, again and again until it is there.
import { describeError, type BusLogger } from './bus-logger';
import { type BusMetrics } from './bus-metrics';
import { BusError } from './errors';
import { type JournalLosses } from './journal-losses';
import { type JournalQueue, type Owed } from './journal-queue';
import { type OutgoingRecord, type Producer } from './ports';
import { Rest } from './rest';

interface SenderOptions {
  readonly queue: JournalQueue;
  readonly producer: Producer;
  readonly losses: JournalLosses;
  /** Whether the disk can be written. */
  readonly isOnDisk: () => boolean;
  readonly logger: BusLogger;
  readonly metrics: BusMetrics;
}

const requestBytes = 512 * 1024;
const idleMs = 1_000;

export class JournalSender {
  private readonly rest = new Rest();
  private readonly emptied = new Rest();
  private running: Promise<void> | undefined;
  private stopped = false;
  private failures = 0;

  constructor(private readonly options: SenderOptions) {}

  start(): void {
    this.running = this.run();
  }

  wake(): void {
    this.rest.wake();
  }

  /** Goes on until nothing is owed, but no longer than that; a request under way then is left to itself. */
  async drain(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    this.rest.wake();
    while (this.options.queue.length > 0 && performance.now() < deadline)
      await this.emptied.for(Math.min(50, withinMs));
    this.stopped = true;
    this.rest.end();
    if (this.options.queue.length === 0) await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.options.metrics.set('weir_bus_journal_pending_bytes', {}, this.options.queue.bytes);
      this.options.metrics.set('weir_bus_journal_on_disk', {}, this.options.isOnDisk() ? 1 : 0);
      const first = this.options.queue.first();
      try {
        if (!first) await this.rest.for(idleMs);
        else if (first.records) await this.sendFromMemory();
        else await this.sendFromDisk(first);
        this.failures = 0;
      } catch (error) {
        await this.backOff(error);
      }
      if (this.options.queue.length === 0) this.emptied.wake();
    }
  }

  private async backOff(error: unknown): Promise<void> {
    this.failures += 1;
    if (this.failures % 20 === 1) {
      const fields = { error: describeError(error), pendingBytes: this.options.queue.bytes, failures: this.failures };
      this.options.logger.warn(fields, 'the event journal cannot reach Kafka, trying again');
    }
    if (!this.stopped) await this.rest.for(Math.min(2_000, 50 * 2 ** Math.min(this.failures, 6)), { deep: true });
  }

  private async sendFromMemory(): Promise<void> {
    const { queue } = this.options;
    const batch = queue.inMemory(requestBytes);
    await this.deliver(batch.flatMap(({ records }) => records ?? []));
    queue.drop(batch.length);
    for (const { settled } of batch) settled?.();
    const place = batch.findLast((one) => one.place)?.place;
    await place?.store.acknowledge(place.stretch.segment, place.stretch.to);
  }

  private async sendFromDisk(first: Owed): Promise<void> {
    const { queue, losses } = this.options;
    const { place } = first;
    if (!place) return void queue.drop(1);
    const { store, stretch } = place;
    const read = await store.read(stretch).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return { records: [], next: stretch.to, tornBytes: stretch.to - stretch.from };
    });
    if (read.tornBytes > 0) losses.torn(store.folder, stretch.segment, read.tornBytes);
    if (read.records.length > 0) await this.deliver(read.records);
    queue.advanceFirst(read.next);
    await store.acknowledge(stretch.segment, read.next);
  }

  /** A record that no broker will take must not hold back those behind it. */
  private async deliver(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      await this.options.producer.send(records);
    } catch (error) {
      if (!(error instanceof BusError) || error.retriable || error.code === 'producer-closed') throw error;
      if (records.length > 1) for (const record of records) await this.deliver([record]);
      else this.options.losses.drop('too-large', 1, error);
    }
  }
}
