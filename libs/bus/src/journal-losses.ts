// Nothing is lost silently: counted by reason, and named in the log at most every ten seconds.
import { describeError, type BusLogger } from './bus-logger';
import { type BusMetrics } from './bus-metrics';

const logEveryMs = 10_000;

export type LossReason = 'ring-full' | 'disk-full' | 'memory-full' | 'render' | 'too-large' | 'closed';

export class JournalLosses {
  dropped = 0;
  tornBytes = 0;
  /** Of the steady clock; undefined: nothing was lost. */
  lostAtMs: number | undefined;
  private sinceLog = 0;
  private loggedAtMs = -Infinity;

  constructor(
    private readonly logger: BusLogger,
    private readonly metrics: BusMetrics,
  ) {}

  drop(reason: LossReason, records: number, error?: unknown): void {
    this.dropped += records;
    this.sinceLog += records;
    this.lostAtMs = performance.now();
    this.metrics.add('weir_bus_journal_dropped_total', { reason }, records);
    if (performance.now() - this.loggedAtMs < logEveryMs) return;
    const fields = {
      reason,
      records: this.sinceLog,
      total: this.dropped,
      ...(error === undefined ? {} : { error: describeError(error) }),
    };
    this.logger.error(fields, 'the event journal drops records');
    this.loggedAtMs = performance.now();
    this.sinceLog = 0;
  }

  torn(folder: string, segment: number, bytes: number): void {
    this.tornBytes += bytes;
    this.metrics.add('weir_bus_journal_torn_bytes_total', {}, bytes);
    this.logger.warn({ folder, segment, bytes }, 'the tail of a journal was cut: a write that a crash interrupted');
  }
}
