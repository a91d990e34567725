// The outbox against a real database and a real broker.
import { outcomeJoined, outcomeReported, topicPlans, type OutcomeReported } from '@weir/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { FaultyNetwork } from './faulty-network.fixture';
import { BusError, createProducer, Outbox, OutboxRelay, toRecord, type OutgoingRecord, type Producer } from './index';
import { RealBus } from './real-bus.fixture';

const topic = outcomeReported.topic;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Without what bytes and texts of the same content differ in. */
function textOf({ topic: name, key, value, headers }: OutgoingRecord): object {
  return { name, key, value: value === null ? null : Buffer.from(value).toString('latin1'), headers };
}

describe('Outbox and OutboxRelay', () => {
  let bus: RealBus;
  const outbox = new Outbox();
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    bus = await RealBus.open();
    await bus.makeTopics(undefined, 1);
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await bus.close();
  });

  function event(n: number | string): OutgoingRecord {
    const value: OutcomeReported = { predictionId: `p-${n}`, metric: 'correct', value: true };
    return toRecord(outcomeReported, value, { traceparent: '00-11-22-01', source: 'spec' });
  }
  function relay(
    options: Partial<ConstructorParameters<typeof OutboxRelay>[0]> = {},
    producer?: Producer,
  ): OutboxRelay {
    const own = producer ?? createProducer({ ...bus.options, lingerMs: 0 });
    const started = new OutboxRelay({
      dataSource: bus.dataSource,
      producer: own,
      logger: bus.logger,
      metrics: bus.metrics,
      ...options,
    });
    started.start();
    stops.push(() => started.stop().then(() => own.close()));
    return started;
  }
  const add = (ids: readonly (number | string)[], options = {}) =>
    bus.dataSource.transaction((tx) => outbox.add(tx, ids.map(event), options));
  /** A transaction that has written a row and stays open until the answer is called. */
  async function beginSlow(): Promise<() => Promise<void>> {
    let commit: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (commit = resolve));
    let written: () => void = () => undefined;
    const hasWritten = new Promise<void>((resolve) => (written = resolve));
    const slow = bus.dataSource.transaction(async (tx) => {
      await outbox.add(tx, [event('slow')]);
      written();
      await gate;
    });
    await hasWritten;
    return () => {
      commit();
      return slow;
    };
  }
  const left = async () => (await bus.dataSource.query<unknown[]>('select 1 from bus_outbox')).length;
  const keys = async () => (await bus.readAll(topic)).map(({ key }) => String(key));

  it('publishes rows in the order of their writing, with the CloudEvents headers, and removes them', async () => {
    for (const n of range(0, 20)) await add(range(n * 50, n * 50 + 50));
    relay();
    await bus.until(async () => (await left()) === 0);
    const records = await bus.readAll(topic);
    expect(records.map(({ key }) => String(key))).toEqual(range(0, 1_000).map((n) => `p-${n}`));
    const [first] = records;
    const headers = Object.fromEntries(
      Object.entries(first?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_type: topic,
      ce_source: 'spec',
      traceparent: '00-11-22-01',
    });
    expect(headers['ce_id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(outcomeReported.decode(first?.value ?? '')).toEqual({ predictionId: 'p-0', metric: 'correct', value: true });
  });

  it('publishes many records of one transaction in their order, whatever their topics, keys, values and headers', async () => {
    await bus.makeTopics(
      topicPlans.filter((plan) => plan.topic === outcomeJoined.topic),
      1,
    );
    const mixed = range(0, 2_500).map((n): OutgoingRecord => {
      const value = n % 7 === 0 ? null : n % 5 === 0 ? Buffer.from([n % 256, 0, 255]) : `value ${n}`;
      return {
        ...{ topic: n % 3 === 0 ? outcomeJoined.topic : topic, key: n % 11 === 0 ? null : `p-${n}`, value },
        headers: { n: String(n), name: 'Zoë' },
      };
    });
    await bus.dataSource.transaction((tx) => outbox.add(tx, mixed));
    expect((await outbox.waiting(bus.dataSource)).map(textOf)).toEqual(mixed.map(textOf));
    expect(await left()).toBe(3);
    relay();
    await bus.until(async () => (await left()) === 0);
    for (const name of [topic, outcomeJoined.topic]) {
      const published = (await bus.readAll(name)).map(({ key, value, headers }) => {
        const texts = Object.entries(headers ?? {}).map(([header, text]) => [header, String(text)]);
        return textOf({
          topic: name,
          key: key?.toString() ?? null,
          value,
          headers: Object.fromEntries(texts) as Record<string, string>,
        });
      });
      expect(published).toEqual(mixed.filter((record) => record.topic === name).map(textOf));
    }
    expect(bus.metrics.of('weir_bus_outbox_published_total')).toBe(2_500);
  });

  it('publishes packs that another process wrote', async () => {
    const other = await new DataSource(bus.dataSource.options).initialize();
    try {
      await other.transaction((tx) => outbox.add(tx, range(0, 20).map(event)));
      await add(range(20, 40));
      relay();
      await bus.until(async () => (await left()) === 0);
      expect(await keys()).toEqual(range(0, 40).map((n) => `p-${n}`));
    } finally {
      await other.destroy();
    }
  });

  it('sets one record of many aside that no broker will take, and publishes those beside it', async () => {
    const large = { ...event('large'), value: Buffer.alloc(5 * 1024 ** 2) };
    const strict: Producer = {
      send: (records) => {
        const refused = records.some(({ key }) => key === 'p-13');
        return refused
          ? Promise.reject(new BusError('record-too-large', 'too large for this broker', false))
          : own.send(records);
      },
      close: () => own.close(),
    };
    const own = createProducer({ ...bus.options, lingerMs: 0 });
    await bus.dataSource.transaction((tx) => outbox.add(tx, [...range(0, 20).map(event), large]));
    relay({}, strict);
    const aside = () =>
      bus.dataSource.query<object[]>('select key from bus_outbox where refused <> $1 order by key', ['']);
    await bus.until(async () => (await aside()).length === 2);
    expect(await aside()).toEqual([{ key: 'p-13' }, { key: 'p-large' }]);
    expect(await left()).toBe(2);
    const expected = range(0, 20).filter((n) => n !== 13);
    expect((await keys()).sort()).toEqual(expected.map((n) => `p-${n}`).sort());
  });

  it('does not publish what was rolled back', async () => {
    const failed = bus.dataSource.transaction(async (tx) => {
      await outbox.add(tx, [event('never')]);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    relay();
    await add([1]);
    await bus.until(async () => (await left()) === 0);
    expect(await keys()).toEqual(['p-1']);
  });

  it('loses no row of a transaction that began first and committed last', async () => {
    relay();
    const commitSlow = await beginSlow();
    await add(['fast']);
    await sleep(400); // long enough for a relay that reads by id to have passed over the slow row
    expect(await keys()).toEqual([]);
    await commitSlow();
    await bus.until(async () => (await left()) === 0);
    expect(await keys()).toEqual(['p-slow', 'p-fast']);
  });

  it('lets urgent rows pass an older transaction that still runs', async () => {
    relay();
    const commitSlow = await beginSlow();
    await add(['urgent'], { urgent: true });
    await bus.until(async () => (await keys()).length === 1);
    expect(await keys()).toEqual(['p-urgent']);
    await commitSlow();
    await bus.until(async () => (await left()) === 0);
  });

  it('publishes within a moment of a wake, though its poll is slow', async () => {
    const own = createProducer({ ...bus.options, lingerMs: 0 });
    let sentAtMs = 0;
    const timed: Producer = {
      send: async (records) => {
        await own.send(records);
        sentAtMs = performance.now();
      },
      close: () => own.close(),
    };
    const started = relay({ pollMs: 60_000 }, timed);
    const latencies: number[] = [];
    for (const n of range(0, 20)) {
      sentAtMs = 0;
      await add([n], { urgent: true });
      const committedAtMs = performance.now();
      started.wake();
      await bus.until(() => sentAtMs > 0);
      latencies.push(sentAtMs - committedAtMs);
    }
    const median = latencies.sort((a, b) => a - b)[10] ?? Infinity;
    expect(median).toBeLessThan(50);
  });

  it('keeps the order and publishes nothing twice with two relays at work', async () => {
    relay({ pollMs: 5 });
    relay({ pollMs: 5 });
    for (const n of range(0, 30)) await add(range(n * 10, n * 10 + 10));
    await bus.until(async () => (await left()) === 0);
    expect(await keys()).toEqual(range(0, 300).map((n) => `p-${n}`));
  });

  it('publishes after an outage of Kafka what was committed during it', async () => {
    const network = new FaultyNetwork();
    network.cut();
    relay({}, createProducer({ ...bus.options, lingerMs: 0, connect: network.connect }));
    await add([1]);
    await bus.until(() => bus.lines.some(({ message }) => message.startsWith('the outbox could not be published')));
    await add([2]);
    network.mend();
    await bus.until(async () => (await left()) === 0);
    expect(await keys()).toEqual(['p-1', 'p-2']);
  });

  it('publishes again, under the same event id, when it was killed between Kafka and the database', async () => {
    const own = createProducer({ ...bus.options, lingerMs: 0 });
    let deaths = 0;
    const mortal: Producer = {
      send: async (records) => {
        await own.send(records);
        if ((deaths += 1) === 1) throw new BusError('kafka-away', 'the answer was lost', true);
      },
      close: () => own.close(),
    };
    await add([1]);
    relay({}, mortal);
    await bus.until(async () => (await left()) === 0);
    const records = await bus.readAll(topic);
    expect(records).toHaveLength(2);
    expect(String(records[0]?.headers?.['ce_id'])).toBe(String(records[1]?.headers?.['ce_id']));
  });

  it('sets a row aside that no broker will take, and lets those behind it pass', async () => {
    const large = { ...event('large'), value: Buffer.alloc(5 * 1024 ** 2) };
    await bus.dataSource.transaction((tx) => outbox.add(tx, [event(1), large, event(2)]));
    relay();
    await bus.until(async () => (await left()) === 1);
    expect([...new Set(await keys())]).toEqual(['p-1', 'p-2']); // perhaps more than once, as everything here
    const [row] = await bus.dataSource.query<{ key: string; refused: string }[]>('select key, refused from bus_outbox');
    expect(row?.key).toBe('p-large');
    expect(bus.lines.some(({ level, message }) => level === 'error' && message.includes('set aside'))).toBe(true);
  });
});
