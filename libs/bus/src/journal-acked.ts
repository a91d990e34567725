// Up to where Kafka has a journal: one small record, rewritten in place. Lost or torn, it costs duplicates and no record.
import { constants, open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

const bytes = 16;
const writeEveryMs = 50;

export class AckedMark {
  position: JournalPosition = { segment: 0, offset: 0 };
  private handle: FileHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly folder: string) {}

  async read(): Promise<JournalPosition> {
    const buffer = await readFile(this.path()).catch(() => Buffer.alloc(0));
    if (buffer.length >= bytes && crc32(buffer.subarray(0, 12)) === buffer.readUInt32BE(12))
      this.position = { segment: buffer.readUInt32BE(0), offset: Number(buffer.readBigUInt64BE(4)) };
    return this.position;
  }

  /** Written within 50 ms. */
  move(position: JournalPosition): void {
    this.position = position;
    if (!this.closed) this.timer ??= setTimeout(() => this.flush(), writeEveryMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) this.flush();
    await this.writing;
    await this.handle?.close().catch(() => undefined);
    this.handle = undefined;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write()).catch(() => undefined);
  }

  private async write(): Promise<void> {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUInt32BE(this.position.segment, 0);
    buffer.writeBigUInt64BE(BigInt(this.position.offset), 4);
    buffer.writeUInt32BE(crc32(buffer.subarray(0, 12)), 12);
    this.handle ??= await open(this.path(), constants.O_RDWR | constants.O_CREAT);
    await this.handle.write(buffer, 0, bytes, 0);
  }

  private path(): string {
    return join(this.folder, 'acked');
  }
}
