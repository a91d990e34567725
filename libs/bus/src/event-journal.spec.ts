// The journal against a real disk and a Kafka that can be away.
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile, truncate, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BusError,
  EventJournal,
  type EventJournalOptions,
  type JournalEntry,
  type OutgoingRecord,
  type Producer,
} from './index';

/** Kafka as the journal sees it: it takes records, or it is away. */
class FakeKafka implements Producer {
  readonly records: OutgoingRecord[] = [];
  away = false;
  maxBytes = Infinity;

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    await sleep(1);
    if (this.away) throw new BusError('kafka-away', 'away', true);
    if (records.some(({ value }) => (value?.length ?? 0) > this.maxBytes))
      throw new BusError('record-too-large', 'too large', false);
    this.records.push(...records);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  keys(): number[] {
    return this.records.map(({ key }) => Number(key));
  }
}

function entry(n: number, bytes = 20): JournalEntry {
  return { topic: 't', key: String(n), headers: { ce_id: `id-${n}` }, render: () => Buffer.alloc(bytes, n) };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('EventJournal', () => {
  let directory: string;
  let kafka: FakeKafka;
  const lines: string[] = [];
  const line = (_fields: unknown, message: string) => void lines.push(message);
  const logger = { debug: () => undefined, info: line, warn: line, error: line };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
    kafka = new FakeKafka();
    lines.length = 0;
  });
  afterEach(async () => {
    await chmod(directory, 0o700).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  });

  const open = (options: Partial<EventJournalOptions> = {}) =>
    EventJournal.open({ directory, producer: kafka, logger, ...options });
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!(await condition())) {
      if (performance.now() > deadline)
        throw new Error(`the condition did not come true; the log: ${lines.join(' | ')}`);
      await sleep(5);
    }
  }

  it('brings records to Kafka in order and leaves nothing on disk', async () => {
    const journal = await open();
    range(0, 2_500).forEach((n) => journal.push(entry(n)));
    await until(() => kafka.records.length === 2_500);
    expect(kafka.keys()).toEqual(range(0, 2_500));
    expect(kafka.records[7]).toEqual({ topic: 't', key: '7', headers: { ce_id: 'id-7' }, value: Buffer.alloc(20, 7) });
    await journal.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('keeps memory bounded while Kafka is away, and then sends everything in order from disk', async () => {
    kafka.away = true;
    const journal = await open({ maxMemoryBytes: 64 * 1024, segmentBytes: 256 * 1024 });
    for (const n of range(0, 3_000)) {
      journal.push(entry(n, 1_000));
      if (n % 100 === 0) await sleep(5);
    }
    await until(() => journal.status().pendingBytes > 3_000_000);
    expect(journal.status()).toMatchObject({ mode: 'disk', dropped: 0 });
    kafka.away = false;
    await until(() => kafka.records.length >= 3_000);
    expect(kafka.keys()).toEqual(range(0, 3_000));
    await journal.close();
    expect(await readdir(directory)).toEqual([]);
  });
});
void execFileSync;
void fork;
void ({} as ChildProcess);
void mkdir;
void writeFile;
void truncate;
void stat;
