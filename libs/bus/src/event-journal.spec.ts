// The journal against a real disk and a Kafka that can be away.
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child-process.fixture';
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
    const { away } = this; // as it is when the request leaves: a request under way is not saved by what comes later
    await sleep(1);
    if (away) throw new BusError('kafka-away', 'away', true);
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

jest.setTimeout(60_000);

describe('EventJournal', () => {
  let directory: string;
  let kafka: FakeKafka;
  const lines: string[] = [];
  const ends: (() => Promise<void>)[] = [];
  const line = (_fields: unknown, message: string) => void lines.push(message);
  const logger = { debug: () => undefined, info: line, warn: line, error: line };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
    kafka = new FakeKafka();
    lines.length = 0;
  });
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
    await rm(directory, { recursive: true, force: true });
  });

  async function open(options: Partial<EventJournalOptions> = {}): Promise<EventJournal> {
    const journal = await EventJournal.open({ directory, producer: kafka, logger, ...options });
    ends.push(() => journal.close(0));
    return journal;
  }
  function start(mode: string): Child {
    const child = startChild('journal-process.fixture.ts', [directory, mode]);
    ends.push(() => child.kill());
    return child;
  }
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 30_000;
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

  it('replays in order, after a restart, what Kafka had not acknowledged', async () => {
    kafka.away = true;
    const before = await open();
    range(0, 300).forEach((n) => before.push(entry(n)));
    await before.close(0);
    kafka.away = false;
    const after = await open();
    await until(() => kafka.records.length >= 300);
    range(300, 310).forEach((n) => after.push(entry(n)));
    await until(() => kafka.records.length >= 310);
    expect(kafka.keys()).toEqual(range(0, 310));
    await after.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('sends again at most what was not acknowledged when the process ended', async () => {
    const before = await open();
    range(0, 100).forEach((n) => before.push(entry(n)));
    await until(() => kafka.records.length === 100);
    kafka.away = true;
    range(100, 150).forEach((n) => before.push(entry(n)));
    await before.close(0);
    kafka.away = false;
    const after = await open();
    await until(() => kafka.records.length >= 150);
    expect(kafka.keys()).toEqual(range(0, 150));
    await after.close();
  });

  it('loses at most the last 100 ms of a router that is killed with -9', async () => {
    const child = start('buffered');
    await until(() => child.messages.length >= 300);
    await child.kill();
    const pushed = child.messages as { n: number; atMs: number }[];
    const last = pushed.at(-1) as { n: number; atMs: number };
    const safe = pushed.filter(({ atMs }) => atMs < last.atMs - 100).length;
    const journal = await open();
    await until(() => kafka.records.length >= safe);
    await journal.close();
    expect(kafka.keys()).toEqual(range(0, kafka.records.length));
    expect(safe).toBeGreaterThan(50);
  });

  it('loses nothing that append() has confirmed when the process is killed with -9', async () => {
    const child = start('durable');
    await until(() => child.messages.length >= 100);
    await child.kill();
    const confirmed = child.messages.length;
    const journal = await open();
    await until(() => kafka.records.length >= confirmed);
    await journal.close();
    expect(kafka.keys().slice(0, confirmed)).toEqual(range(0, confirmed));
  });

  it('cuts a torn tail, counts it, and replays the rest', async () => {
    kafka.away = true;
    const before = await open();
    range(0, 50).forEach((n) => before.push(entry(n)));
    await before.close(0);
    const [folder = ''] = await readdir(directory);
    const [segment = ''] = (await readdir(join(directory, folder))).filter((name) => name.endsWith('.journal'));
    const path = join(directory, folder, segment);
    await truncate(path, (await stat(path)).size - 3);
    kafka.away = false;
    const after = await open();
    await until(() => after.status().tornBytes > 0 && kafka.records.length >= 49);
    expect(kafka.keys()).toEqual(range(0, 49));
    expect(lines).toContain('the tail of a journal was cut: a write that a crash interrupted');
    after.push(entry(50));
    await until(() => kafka.records.length === 50);
    await after.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('drops the newest above its cap, with a count and one line, and takes records again when Kafka is back', async () => {
    kafka.away = true;
    const journal = await open({ maxDiskBytes: 100_000, maxMemoryBytes: 10_000 });
    for (const n of range(0, 300)) {
      journal.push(entry(n, 1_000));
      if (n % 10 === 0) await sleep(25);
    }
    await until(() => journal.status().dropped > 0);
    kafka.away = false;
    await until(() => journal.status().pendingBytes === 0);
    const { dropped, droppedForMs, maxDiskBytes } = journal.status();
    expect([droppedForMs !== undefined, maxDiskBytes]).toEqual([true, 100_000]);
    expect(kafka.records.length + dropped).toBe(300);
    expect(kafka.keys()).toEqual(range(0, kafka.records.length));
    expect(lines.filter((text) => text === 'the event journal drops records')).toHaveLength(1);
    journal.push(entry(1_000));
    await until(() => kafka.keys().at(-1) === 1_000);
    await journal.close();
  });

  it('goes on in bounded memory, and says so, where the directory cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const journal = await open({ directory: join(directory, 'file', 'below'), maxMemoryBytes: 50_000 });
    expect(journal.status().mode).toBe('memory');
    expect(lines).toContain('the event journal cannot be written and goes on in memory');
    range(0, 10).forEach((n) => journal.push(entry(n)));
    await until(() => kafka.records.length === 10);
    kafka.away = true;
    for (const n of range(10, 110)) {
      journal.push(entry(n, 1_000));
      await sleep(1);
    }
    await until(() => journal.status().dropped > 0);
    kafka.away = false;
    await until(() => journal.status().pendingBytes === 0);
    expect(kafka.records.length + journal.status().dropped).toBe(110);
    await journal.close();
  });

  it('confirms an append by Kafka while the disk cannot be written, and refuses it when Kafka is away for good', async () => {
    await writeFile(join(directory, 'file'), '');
    const journal = await open({ directory: join(directory, 'file', 'below') });
    await journal.append(entry(0));
    expect(kafka.keys()).toEqual([0]);
    kafka.away = true;
    const [answer] = await Promise.allSettled([journal.append(entry(1)), sleep(50).then(() => journal.close(0))]);
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'journal-closed' } });
  });

  it('returns to the disk when it can be written again', async () => {
    const below = join(directory, 'later');
    await writeFile(below, '');
    const journal = await open({ directory: below, retryDiskEveryMs: 20 });
    kafka.away = true;
    journal.push(entry(0));
    await rm(below);
    await mkdir(below);
    await until(async () => {
      journal.push(entry(1));
      await sleep(25);
      return journal.status().mode === 'disk';
    });
    kafka.away = false;
    await until(() => journal.status().pendingBytes === 0);
    expect(kafka.keys()[0]).toBe(0);
    await journal.close();
  });

  it('survives a disk that is full: goes on in memory, loses nothing that memory holds, and writes again when there is room', async () => {
    const gauges: number[] = [];
    const set = (name: string, _: unknown, value: number) =>
      void (name === 'weir_bus_journal_on_disk' && gauges.push(value));
    const metrics = { add: () => undefined, observe: () => undefined, set };
    const journal = await open({ retryDiskEveryMs: 20, metrics });
    const [folder = ''] = await readdir(directory);
    await symlink('/dev/full', join(directory, folder, '000000000001.journal')); // every write: no space left on device
    kafka.away = true;
    journal.push(entry(0));
    await until(() => journal.status().mode === 'memory');
    expect(lines).toContain('the event journal cannot be written and goes on in memory');
    await until(async () => {
      journal.push(entry(1));
      await sleep(25);
      return journal.status().mode === 'disk';
    });
    expect(lines).toContain('the event journal is on disk again');
    kafka.away = false;
    await until(() => journal.status().pendingBytes === 0);
    expect(kafka.keys()[0]).toBe(0);
    expect(journal.status()).toMatchObject({ dropped: 0, droppedForMs: undefined });
    await until(() => gauges.at(-1) === 1);
    expect(gauges).toContain(0);
    await journal.close();
  });

  it('keeps two open journals of one directory apart, and lets the living adopt the dead', async () => {
    kafka.away = true;
    const other = new FakeKafka();
    other.away = true;
    const first = await open();
    const second = await open({ producer: other });
    first.push(entry(1));
    second.push(entry(2));
    await until(() => first.status().pendingBytes > 0 && second.status().pendingBytes > 0);
    await first.close(0); // as if it had died: its folder stays
    other.away = false;
    await until(() => other.records.length === 2);
    expect(other.keys()).toEqual([2, 1]);
    await second.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('lets one record that no broker takes go, counted and named, and sends those behind it', async () => {
    kafka.maxBytes = 1_000;
    const journal = await open();
    [entry(0), entry(1, 2_000), entry(2)].forEach((one) => journal.push(one));
    await until(() => kafka.records.length === 2);
    expect(kafka.keys()).toEqual([0, 2]);
    expect(journal.status().dropped).toBe(1);
    await journal.close();
  });

  it('never throws out of push, whatever the record does', async () => {
    const journal = await open({ maxRingBytes: 4_096 });
    const broken = { ...entry(0), render: () => JSON.stringify(1n) };
    expect(() => journal.push(broken)).not.toThrow();
    range(1, 10).forEach((n) => journal.push(entry(n))); // the ring holds four
    await until(() => kafka.records.length === 3);
    expect(journal.status().dropped).toBe(7);
    await journal.close();
    expect(() => journal.push(entry(11))).not.toThrow();
    await expect(journal.append(entry(12))).rejects.toMatchObject({ code: 'journal-closed' });
  });
});
