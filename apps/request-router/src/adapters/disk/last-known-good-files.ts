// Last known good documents on disk: one file each, replaced as a whole, with a checksum in its first line.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger } from '@weir/service';
import { type LastKnownGood } from '../../follow-policy';

const suffix = '.lkg';

export class LastKnownGoodFiles implements LastKnownGood {
  private readonly waiting = new Map<string, Buffer>();
  private writing: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    private readonly logger: Logger,
  ) {}

  async load(): Promise<readonly Buffer[]> {
    await mkdir(this.folder, { recursive: true });
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(suffix)).sort();
    const found = await Promise.all(names.map((name) => this.read(name)));
    return found.filter((bytes) => bytes !== undefined);
  }

  save(name: string, bytes: Buffer): void {
    this.waiting.set(name, bytes);
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  /** Resolves when what was saved is on disk. */
  async flush(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    for (let next = this.next(); next; next = this.next()) {
      try {
        await this.write(...next);
      } catch (error) {
        this.logger.error(
          { err: error, name: next[0] },
          'the last known good could not be written; the former one stays',
        );
      }
    }
  }

  private next(): [string, Buffer] | undefined {
    const [first] = this.waiting;
    if (first) this.waiting.delete(first[0]);
    return first;
  }

  private async write(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.folder, `${name}${suffix}`);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writev([Buffer.from(`${digest(bytes)}\n`), bytes]);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close()); // the rename itself must outlive a power cut
  }

  private async read(name: string): Promise<Buffer | undefined> {
    const path = join(this.folder, name);
    const whole = await readFile(path);
    const end = whole.indexOf(10);
    const bytes = whole.subarray(end + 1);
    if (end === 64 && whole.subarray(0, end).toString('latin1') === digest(bytes)) return bytes;
    this.logger.error({ file: name }, 'a last known good file is damaged; it is put aside');
    await rename(path, `${path}.damaged`);
    return undefined;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
