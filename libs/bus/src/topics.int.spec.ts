// Topics made true, compacted topics read, watermarks passed, and producers: against a real broker.
import { outcomeReported, policyApplied, type PolicyApplied, type TopicPlan } from '@weir/contracts';
import { ConfigResourceTypes } from 'kafkajs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyNetwork } from './faulty-network.fixture';
import { createProducer, DeadLetters, ensureTopics, EventJournal, Ledger, readCompacted, Watermark } from './index';
import { wireName } from './names';
import { RealBus } from './real-bus.fixture';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const plan: TopicPlan = {
  topic: 'weir.a.v1',
  partitions: 3,
  cleanup: 'delete',
  retentionMs: 60_000,
  maxMessageBytes: 100_000,
};
const compacted: TopicPlan = {
  topic: policyApplied.topic,
  partitions: 1,
  cleanup: 'compact',
  maxMessageBytes: 1_000_000,
};

describe('topics', () => {
  let bus: RealBus;
  const closes: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    bus = await RealBus.open();
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) await close();
    await bus.close();
  });

  const configOf = async (topic: string) => {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: wireName(bus.options.topicPrefix, topic) }];
    const answer = await bus.admin.describeConfigs({ includeSynonyms: false, resources });
    return Object.fromEntries(
      (answer.resources[0]?.configEntries ?? []).map((one) => [one.configName, one.configValue]),
    );
  };

  describe('ensureTopics', () => {
    it('creates what is missing, by many at once, and is content the second time', async () => {
      const options = { ...bus.options, logger: bus.logger };
      await Promise.all(range(0, 4).map(() => ensureTopics(options, [plan, compacted])));
      await ensureTopics(options, [plan, compacted]);
      expect(await configOf(plan.topic)).toMatchObject({
        'cleanup.policy': 'delete',
        'retention.ms': '60000',
        'max.message.bytes': '100000',
        'message.timestamp.type': 'LogAppendTime',
      });
      expect(await configOf(compacted.topic)).toMatchObject({ 'cleanup.policy': 'compact' });
      const { topics } = await bus.admin.fetchTopicMetadata({
        topics: [wireName(bus.options.topicPrefix, plan.topic)],
      });
      expect(topics[0]?.partitions).toHaveLength(3);
      expect(bus.lines.filter(({ message }) => message.includes('corrected'))).toEqual([]);
    });

    it('corrects what drifted and keeps what others have set', async () => {
      await ensureTopics(bus.options, [plan]);
      const name = wireName(bus.options.topicPrefix, plan.topic);
      const configEntries = [
        { name: 'retention.ms', value: '1' },
        { name: 'segment.ms', value: '123456' },
      ];
      await bus.admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
      });
      await ensureTopics(bus.options, [{ ...plan, partitions: 4 }]);
      expect(await configOf(plan.topic)).toMatchObject({
        'retention.ms': '60000',
        'segment.ms': '123456',
        'max.message.bytes': '100000',
      });
      const { topics } = await bus.admin.fetchTopicMetadata({ topics: [name] });
      expect(topics[0]?.partitions).toHaveLength(3); // keys would change places
    });
  });

  describe('readCompacted', () => {
    const applied = (router: string, revision: number): PolicyApplied => ({
      router,
      models: { m: { revision, source: 'live' } },
      state: 'serving',
      at: '2026-01-01T00:00:00.000Z',
    });

    async function read(network?: FaultyNetwork) {
      const events: [string | null, PolicyApplied | null][] = [];
      const options = { ...bus.options, logger: bus.logger, ...(network ? { connect: network.connect } : {}) };
      const reader = await readCompacted(options, policyApplied, (event, record) => events.push([record.key, event]));
      closes.push(() => reader.close());
      let caughtUp = false;
      void reader.caughtUp.then(() => (caughtUp = true));
      return { events, reader, isCaughtUp: () => caughtUp };
    }
    const raw = (key: string, value: string | null) => bus.sendRaw(policyApplied.topic, [{ key, value }]);

    it('gives all that is there, then says so, then follows; a tombstone is null; what cannot be decoded is passed over', async () => {
      await ensureTopics(bus.options, [compacted]);
      const encoded = policyApplied.encode(applied('a', 1));
      await raw('a', encoded);
      await raw('bad', 'not json');
      await raw('b', null);
      const { events, reader } = await read();
      await reader.caughtUp;
      expect(events.map(([key, event]) => [key, event === null])).toEqual([
        ['a', false],
        ['b', true],
      ]);
      expect(bus.lines.some(({ message }) => message.includes('passed over'))).toBe(true);
      await raw('c', encoded);
      await bus.until(() => events.length === 3);
    });

    it('is caught up with an empty topic, and waits for one that is not there yet', async () => {
      const { reader, events, isCaughtUp } = await read();
      await ensureTopics(bus.options, [compacted]);
      await reader.caughtUp;
      expect(isCaughtUp()).toBe(true);
      await raw('a', policyApplied.encode(applied('a', 1)));
      await bus.until(() => events.length === 1);
    });

    it('starts while Kafka is away, and follows again after every outage', async () => {
      await ensureTopics(bus.options, [compacted]);
      await raw('a', policyApplied.encode(applied('a', 1)));
      const network = new FaultyNetwork();
      network.cut();
      const { reader, events, isCaughtUp } = await read(network);
      expect(isCaughtUp()).toBe(false);
      network.mend();
      await reader.caughtUp;
      network.cut();
      await raw('b', policyApplied.encode(applied('b', 2)));
      network.mend();
      await bus.until(() => events.some(([key]) => key === 'b'));
    });

    it('leaves no group behind', async () => {
      await ensureTopics(bus.options, [compacted]);
      const { reader } = await read();
      await reader.caughtUp;
      await reader.close();
      const { groups } = await bus.admin.listGroups();
      expect(groups.filter(({ groupId }) => groupId.startsWith(bus.options.topicPrefix))).toEqual([]);
    });
  });

  describe('Watermark', () => {
    it('is passed when all that was appended before it was applied, and not sooner', async () => {
      await bus.makeTopics(undefined, 2);
      const { topic } = outcomeReported;
      const ledger = new Ledger(bus.dataSource, 'g');
      const watermark = new Watermark({ ...bus.options, ledger, topics: [topic] });
      closes.push(() => watermark.close());
      expect(await watermark.advance(100)).toBe(100); // nothing was appended
      await bus.sendRaw(
        topic,
        range(0, 10).map((n) => ({ value: String(n), partition: n % 2 })),
      );
      expect(await watermark.advance(200)).toBe(100);
      await ledger.advance({ topic, partition: 0, next: 5n });
      await ledger.advance({ topic, partition: 1, next: 4n });
      expect(await watermark.advance(300)).toBe(100);
      await ledger.advance({ topic, partition: 1, next: 5n });
      await bus.sendRaw(topic, [{ value: 'later', partition: 0 }]);
      expect(await watermark.advance(400)).toBe(300);
    });
  });

  describe('createProducer', () => {
    const record = (n: number, bytes = 10) => ({
      topic: plan.topic,
      key: 'k',
      value: Buffer.alloc(bytes, 65 + (n % 26)),
      headers: { n: String(n) },
    });

    it('keeps the order of concurrent sends of a key', async () => {
      await ensureTopics(bus.options, [plan]);
      const producer = createProducer(bus.options);
      await Promise.all(range(0, 500).map((n) => producer.send([record(n)])));
      await producer.close();
      expect((await bus.readAll(plan.topic)).map(({ headers }) => Number(String(headers?.['n'])))).toEqual(
        range(0, 500),
      );
    });

    it('refuses a record that is too large, for good, and spares its neighbours', async () => {
      await ensureTopics(bus.options, [plan]);
      const producer = createProducer(bus.options);
      const answers = await Promise.allSettled([
        producer.send([record(0)]),
        producer.send([record(1, 200_000)]),
        producer.send([record(2)]),
      ]);
      await producer.close();
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(answers[1]).toMatchObject({ reason: { code: 'record-too-large', retriable: false } });
    });

    it('rejects soon and retriably while Kafka is away, and works when it is back; a missing topic hinders no other', async () => {
      await ensureTopics(bus.options, [plan]);
      const network = new FaultyNetwork();
      const producer = createProducer({ ...bus.options, connect: network.connect });
      await producer.send([record(0)]);
      await expect(producer.send([{ ...record(0), topic: 'weir.missing.v1' }])).rejects.toMatchObject({
        retriable: true,
      });
      await producer.send([record(1)]);
      network.cut();
      const startedAtMs = performance.now();
      await expect(producer.send([record(2)])).rejects.toMatchObject({ code: 'kafka-away', retriable: true });
      expect(performance.now() - startedAtMs).toBeLessThan(8_000);
      network.mend();
      await producer.send([record(3)]);
      await producer.close();
      await expect(producer.send([record(4)])).rejects.toMatchObject({ code: 'producer-closed' });
    });
  });

  describe('EventJournal', () => {
    it('brings every record of an outage to Kafka, in the order of its key', async () => {
      await ensureTopics(bus.options, [plan]);
      const directory = await mkdtemp(join(tmpdir(), 'journal-'));
      closes.push(() => rm(directory, { recursive: true, force: true }));
      const network = new FaultyNetwork();
      const producer = createProducer({ ...bus.options, connect: network.connect, retries: 1 });
      const journal = await EventJournal.open({ directory, producer, logger: bus.logger, maxMemoryBytes: 20_000 });
      const push = (n: number) =>
        journal.push({ topic: plan.topic, key: 'k', headers: { n: String(n) }, render: () => Buffer.alloc(500, n) });
      for (const n of range(0, 600)) {
        if (n === 100) network.cut();
        if (n === 500) network.mend();
        push(n);
        await sleep(3);
      }
      await bus.until(() => journal.status().pendingBytes === 0, 'an empty journal');
      await journal.close();
      await producer.close();
      const found = (await bus.readAll(plan.topic)).map(({ headers }) => Number(String(headers?.['n'])));
      expect([...new Set(found)]).toEqual(range(0, 600));
      expect(journal.status()).toMatchObject({ mode: 'disk', dropped: 0 });
    });
  });

  describe('DeadLetters', () => {
    it('knows the topics of dead letters and is empty where there are none', async () => {
      const letters = new DeadLetters(bus.options);
      expect(await letters.topics()).toEqual([]);
      expect(await letters.list('weir.a.v1', 'g')).toEqual([]);
      expect(await letters.show('weir.a.v1', 'g', 'weir.a.v1-0-0')).toBeUndefined();
      await expect(letters.replay('weir.a.v1', 'g', { ids: ['weir.a.v1-0-0'] })).rejects.toMatchObject({
        code: 'dead-letter-unknown',
      });
    });
  });
});
