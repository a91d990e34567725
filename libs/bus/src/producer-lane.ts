// One topic's way out: gathers records by time, bytes and count; one request in flight, so that order is kept.
import { BusError } from './errors';
import { type OutgoingRecord } from './ports';

export interface LaneLimits {
  /** How long the first record may wait for company, milliseconds. 0: none. */
  readonly lingerMs: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Above this, sends are refused with producer-full. */
  readonly maxWaitingBytes: number;
}

interface Waiting {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly settle: (error?: unknown) => void;
}

export class ProducerLane {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private waitingRecords = 0;
  private busy = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: LaneLimits,
    private readonly transmit: (records: readonly OutgoingRecord[]) => Promise<void>,
  ) {}

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    const parts = split(records, this.limits);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > this.limits.maxWaitingBytes)
      throw new BusError('producer-full', `${this.waitingBytes} bytes are waiting already`, true);
    const sent = parts.map((part) => this.enqueue(part.records, part.bytes));
    this.schedule();
    const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private enqueue(records: readonly OutgoingRecord[], bytes: number): Promise<void> {
    this.waitingBytes += bytes;
    this.waitingRecords += records.length;
    return new Promise((resolve, reject) => {
      // what transmit rejects with is an Error already
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      this.waiting.push({ records, bytes, settle: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  }

  private schedule(): void {
    if (this.busy || this.waiting.length === 0) return;
    const full = this.waitingBytes >= this.limits.maxBytes || this.waitingRecords >= this.limits.maxRecords;
    if (full || this.limits.lingerMs === 0) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), this.limits.lingerMs);
  }

  private async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length > 0) await this.deliver(this.take());
    this.busy = false;
  }

  private take(): Waiting[] {
    let bytes = 0;
    let records = 0;
    let count = 0;
    for (const one of this.waiting) {
      if (
        count > 0 &&
        (bytes + one.bytes > this.limits.maxBytes || records + one.records.length > this.limits.maxRecords)
      )
        break;
      bytes += one.bytes;
      records += one.records.length;
      count += 1;
    }
    this.waitingBytes -= bytes;
    this.waitingRecords -= records;
    return this.waiting.splice(0, count);
  }

  private async deliver(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.transmit(batch.flatMap((one) => one.records));
      for (const one of batch) one.settle();
    } catch (error) {
      // one record that is too large must not take its neighbours with it
      if (batch.length > 1 && error instanceof BusError && !error.retriable)
        for (const one of batch) await this.deliver([one]);
      else for (const one of batch) one.settle(error);
    }
  }
}

function split(records: readonly OutgoingRecord[], limits: LaneLimits): { records: OutgoingRecord[]; bytes: number }[] {
  const parts: { records: OutgoingRecord[]; bytes: number }[] = [];
  for (const record of records) {
    const bytes = sizeOf(record);
    const last = parts.at(-1);
    if (last && last.bytes + bytes <= limits.maxBytes && last.records.length < limits.maxRecords) {
      last.records.push(record);
      last.bytes += bytes;
    } else parts.push({ records: [record], bytes });
  }
  return parts;
}

const overheadBytes = 64;

function sizeOf(record: OutgoingRecord): number {
  const value = record.value === null ? 0 : Buffer.byteLength(record.value);
  return overheadBytes + value + (record.key?.length ?? 0) + Object.keys(record.headers ?? {}).length * overheadBytes;
}
