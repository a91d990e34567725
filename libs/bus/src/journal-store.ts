// The segments of one journal folder: appending, reading back, and forgetting what Kafka has.
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AckedMark } from './journal-acked';
import { decodeFrame } from './journal-frame';
import { type OutgoingRecord } from './ports';

/** A stretch of one segment. */
export interface Stretch {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

export interface ReadBack {
  readonly records: OutgoingRecord[];
  readonly next: number;
  /** Bytes up to the end of the stretch that are no records: a write that a crash cut short. */
  readonly tornBytes: number;
}

const readBytes = 512 * 1024;
const suffix = '.journal';

export class JournalStore {
  /** Bytes of each segment that are whole frames. */
  private readonly sizes = new Map<number, number>();
  private readonly acked: AckedMark;
  private writing: { handle: FileHandle; segment: number; size: number } | undefined;

  constructor(
    readonly folder: string,
    private readonly segmentBytes: number,
    /** Made by a process that is gone: the folder goes with its last segment. */
    private readonly adopted = false,
  ) {
    this.acked = new AckedMark(folder);
  }

  /** What an earlier process left here and Kafka has not acknowledged. */
  async leftovers(): Promise<Stretch[]> {
    const mark = await this.acked.read();
    const segments = (await readdir(this.folder))
      .filter((name) => name.endsWith(suffix))
      .map((name) => parseInt(name, 10));
    const stretches: Stretch[] = [];
    for (const segment of segments.sort((a, b) => a - b)) {
      const { size } = await stat(this.path(segment));
      const from = segment === mark.segment ? Math.min(mark.offset, size) : 0;
      this.sizes.set(segment, size);
      if (segment < mark.segment || from === size) await this.remove(segment);
      else stretches.push({ segment, from, to: size });
    }
    return stretches;
  }

  /** @throws what the file system says; the segment is then left as it was, and the next append begins another. */
  async append(frames: Buffer, sync: boolean): Promise<Stretch> {
    const current = await this.segmentToWrite();
    const { handle, segment, size: from } = current;
    try {
      for (let at = 0; at < frames.length;)
        at += (await handle.write(frames, at, frames.length - at, from + at)).bytesWritten;
      if (sync) await handle.datasync();
    } catch (error) {
      await this.seal();
      if (from === 0) await this.remove(segment).catch(() => undefined);
      throw error;
    }
    current.size = from + frames.length;
    this.sizes.set(segment, current.size);
    return { segment, from, to: current.size };
  }

  async read({ segment, from, to }: Stretch): Promise<ReadBack> {
    const handle = await open(this.path(segment), 'r');
    try {
      let buffer = await readAt(handle, from, Math.min(readBytes, to - from));
      const first = decodeFrame(buffer, 0);
      if (first.kind === 'short' && first.bytes <= to - from) buffer = await readAt(handle, from, first.bytes);
      return parse(buffer, from, to);
    } finally {
      await handle.close();
    }
  }

  /** Kafka has everything up to there: whole segments before it go, and a restart begins there. */
  async acknowledge(segment: number, offset: number): Promise<void> {
    this.acked.move({ segment, offset });
    for (const [known, size] of this.sizes) {
      const written = known === this.writing?.segment;
      if (known < segment || (known === segment && offset >= size && !written)) await this.remove(known);
    }
    if (this.adopted && this.sizes.size === 0) await this.removeFolder();
  }

  async close(): Promise<void> {
    await this.seal();
    await this.acked.close();
  }

  async removeFolder(): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async segmentToWrite(): Promise<NonNullable<typeof this.writing>> {
    if (this.writing && this.writing.size < this.segmentBytes) return this.writing;
    await this.seal();
    await mkdir(this.folder, { recursive: true });
    const segment = Math.max(0, ...this.sizes.keys(), this.acked.position.segment) + 1;
    const handle = await open(this.path(segment), 'w');
    const directory = await open(this.folder, 'r');
    await directory.sync().finally(() => directory.close()); // the segment's name must survive a power cut too
    this.sizes.set(segment, 0);
    return (this.writing = { handle, segment, size: 0 });
  }

  private async seal(): Promise<void> {
    const { writing } = this;
    this.writing = undefined;
    await writing?.handle.close().catch(() => undefined);
  }

  private async remove(segment: number): Promise<void> {
    this.sizes.delete(segment);
    await rm(this.path(segment), { force: true });
  }

  private path(segment: number): string {
    return join(this.folder, String(segment).padStart(12, '0') + suffix);
  }
}

function parse(buffer: Buffer, from: number, to: number): ReadBack {
  const records: OutgoingRecord[] = [];
  let at = 0;
  for (;;) {
    const frame = decodeFrame(buffer, at);
    if (frame.kind === 'record') {
      records.push(frame.record);
      at += frame.bytes;
    }
    const end = from + at === to;
    const torn = frame.kind === 'torn' || (frame.kind === 'short' && from + at + frame.bytes > to);
    if (end) return { records, next: to, tornBytes: 0 };
    if (torn) return { records, next: to, tornBytes: to - from - at };
    if (frame.kind === 'short') return { records, next: from + at, tornBytes: 0 };
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
