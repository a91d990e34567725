// The consumer against a real broker and a real database.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { outcomeReported, type OutcomeReported } from '@weir/contracts';
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child-process.fixture';
import { FaultyNetwork } from './faulty-network.fixture';
import {
  BatchEvents,
  createProducer,
  deadLetterHeaders,
  DeadLetters,
  deadLetterTopic,
  DependencyDown,
  KafkaBatchServer,
  Ledger,
  RefusedRecords,
  toRecord,
  type Chunk,
  type KafkaBatchServerOptions,
} from './index';
import { wireName } from './names';
import { RealBus } from './real-bus.fixture';

type Handler = (chunk: Chunk<OutcomeReported>) => Promise<void>;
const topic = outcomeReported.topic;

function outcome(n: number | string): OutcomeReported {
  return { predictionId: `p-${n}`, metric: 'correct', value: 1 };
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('KafkaBatchServer', () => {
  let bus: RealBus;
  let ledger: Ledger;
  const stops: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    bus = await RealBus.open();
    ledger = new Ledger(bus.dataSource, 'g', bus.metrics);
    await bus.makeTopics();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    await bus.close();
  });

  async function consume(handler: Handler, options: Partial<KafkaBatchServerOptions> = {}, max = 100) {
    @Controller()
    class Outcomes {
      @BatchEvents(outcomeReported, { max })
      async handle(@Payload() chunk: Chunk<OutcomeReported>): Promise<void> {
        await handler(chunk);
      }
    }
    @Module({ controllers: [Outcomes] })
    class App {}
    const server = new KafkaBatchServer({
      ...bus.options,
      group: 'g',
      logger: bus.logger,
      metrics: bus.metrics,
      onFatal: bus.onFatal,
      ...options,
    });
    const app = await NestFactory.createMicroservice(App, { strategy: server, logger: false });
    await app.listen();
    let closed = false;
    const close = async () => {
      if (!closed) await app.close();
      closed = true;
    };
    stops.push(close);
    return { server, close };
  }

  const counting =
    (to: RealBus, by: Ledger): Handler =>
    async (chunk) => {
      await by.apply(chunk, (tx, fresh) =>
        to.count(
          tx,
          fresh.map(({ event }) => event.predictionId),
        ),
      );
    };
  const record: Handler = (chunk) => counting(bus, ledger)(chunk);
  /** Another corner of the same broker and database, which meets the machine's noise at the same moments. */
  async function besideWithoutPoison() {
    const other = await RealBus.open();
    stops.push(() => other.close());
    await other.makeTopics();
    const ownLedger = new Ledger(other.dataSource, 'g', other.metrics);
    return { bus: other, ledger: ownLedger, record: counting(other, ownLedger) };
  }
  async function send(ids: readonly (number | string)[]): Promise<void> {
    const producer = createProducer(bus.options);
    await producer.send(ids.map((id) => toRecord(outcomeReported, outcome(id))));
    await producer.close();
  }
  const sendTo = (partition: number, ids: readonly (number | string)[]) =>
    bus.sendRaw(
      topic,
      ids.map((id) => ({ key: `p-${id}`, value: outcomeReported.encode(outcome(id)), partition })),
    );
  const counted = (n: number) => bus.until(async () => (await bus.counted()) >= n, `${n} records counted`);

  it('hands decoded chunks of at most max records to the handler, each with its origin', async () => {
    const chunks: Chunk<OutcomeReported>[] = [];
    await send(range(0, 1_000));
    await consume(async (chunk) => {
      chunks.push(chunk);
      await record(chunk);
    });
    await counted(1_000);
    expect(await bus.countedTwice()).toEqual([]);
    expect(Math.max(...chunks.map(({ records }) => records.length))).toBeLessThanOrEqual(100);
    const [first] = chunks[0]?.records ?? [];
    expect(first?.event.metric).toBe('correct');
    expect(first?.record).toMatchObject({
      topic,
      key: first?.event.predictionId,
      headers: { ce_type: topic, ce_specversion: '1.0' },
    });
    expect(Math.abs((first?.record.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('applies each record once when Kafka forgets every commit and redelivers', async () => {
    await send(range(0, 500));
    const blind = { ...bus.options }; // without `ledger`: the member starts where Kafka says, and only the ledger's own check stands
    const first = await consume(record, blind);
    await counted(500);
    await first.close();
    await bus.admin.deleteGroups([wireName(bus.options.topicPrefix, 'g')]);
    await send(range(500, 600));
    await consume(record, blind);
    await counted(600);
    await bus.until(() => bus.metrics.of('weir_bus_redelivered_total') >= 500, 'the redeliveries');
    expect(await bus.countedTwice()).toEqual([]);
    expect(await bus.counted()).toBe(600);
  });

  it('applies each record once through kills with -9 in the middle of transactions', async () => {
    const total = 2_000;
    const sending = (async () => {
      for (const at of range(0, total / 50)) {
        await send(range(at * 50, at * 50 + 50));
        await sleep(50);
      }
    })();
    let redelivered = 0;
    const run = (killAt: string) =>
      startChild('consumer-process.fixture.ts', [JSON.stringify(bus.options), bus.schema, killAt]);
    const count = (child: Child) => {
      redelivered += (child.messages as number[]).reduce((sum, n) => sum + n, 0);
    };
    for (const killAt of ['before-commit', 'after-commit', 'after-commit']) {
      const child = run(killAt);
      await child.ended;
      count(child);
    }
    await sending;
    const last = run('never');
    stops.push(() => last.kill());
    await counted(total);
    count(last);
    expect(await bus.countedTwice()).toEqual([]);
    expect(await bus.counted()).toBe(total);
    expect(redelivered).toBeGreaterThan(0);
  }, 120_000);

  it('goes back to the ledger where a foreign commit would have skipped records', async () => {
    await sendTo(0, range(0, 20));
    const first = await consume(record, { ledger });
    await counted(20);
    await first.close();
    await sendTo(0, range(20, 30));
    await bus.admin.setOffsets({
      groupId: wireName(bus.options.topicPrefix, 'g'),
      topic: wireName(bus.options.topicPrefix, topic),
      partitions: [{ partition: 0, offset: '30' }],
    });
    await consume(record, { ledger });
    await counted(30);
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('reads a topic that was made anew from its beginning', async () => {
    await ledger.advance({ topic, partition: 0, next: 1_000n });
    await sendTo(0, range(0, 10));
    await consume(record, { ledger });
    await counted(10);
    expect(bus.lines.some(({ level, message }) => level === 'error' && message.includes('made anew'))).toBe(true);
  });

  it('buries poison once each, byte for byte, with reason and origin, and delays healthy partitions by at most 0.5 s', async () => {
    const large = Buffer.alloc(2 * 1024 ** 2, 'x');
    const poison = [
      { value: 'not json', headers: { ['__proto__']: 'x', own: 'kept' } },
      { value: '{"predictionId":"p","metric":"m"}' },
      { value: null },
      { value: large },
      { value: '{"__proto__":{"polluted":true},"predictionId":5}' },
      { value: '['.repeat(100_000) },
    ];
    const clean = await besideWithoutPoison();
    const sentAtMs = new Map<string, number>();
    const delays = { poisoned: new Map<string, number>(), clean: new Map<string, number>() };
    const timed =
      (into: Map<string, number>, handle: Handler): Handler =>
      async (chunk) => {
        const nowMs = performance.now();
        for (const { event } of chunk.records)
          into.set(event.predictionId, nowMs - (sentAtMs.get(event.predictionId) ?? nowMs));
        await handle(chunk);
      };
    await consume(timed(delays.poisoned, record), { ledger });
    await consume(timed(delays.clean, clean.record), { ...clean.bus.options, ledger: clean.ledger });
    const producer = bus.kafka.producer();
    await producer.connect();
    const sendHealthy = async (n: number | string, partition: number) => {
      sentAtMs.set(`p-${n}`, performance.now());
      const messages = [{ key: `p-${n}`, value: outcomeReported.encode(outcome(n)), partition }];
      const prefixes = [bus.options.topicPrefix, clean.bus.options.topicPrefix];
      await producer.sendBatch({ topicMessages: prefixes.map((each) => ({ topic: wireName(each, topic), messages })) });
    };
    await sendHealthy('warm', 1);
    await counted(1);
    await bus.until(async () => (await clean.bus.counted()) === 1, 'the other group reads too');
    // what the machine adds comes and goes, what poison adds stays: the least of three trials is the poison's
    const most: number[] = [];
    while (most.length < 3 && (most.at(-1) ?? Infinity) >= 500) {
      const trial = most.length;
      const poisoned = bus.sendRaw(
        topic,
        poison.map((message) => ({ key: 'k', partition: 0, ...message })),
      );
      const names = range(0, 60).map((n) => `${trial}-${n}`);
      for (const name of names) {
        await sendHealthy(name, 1);
        await sleep(20);
      }
      await poisoned;
      await counted(1 + 60 * (trial + 1));
      await bus.until(async () => (await clean.bus.counted()) === 1 + 60 * (trial + 1), 'the other group keeps up');
      const added = names.map(
        (name) => (delays.poisoned.get(`p-${name}`) ?? Infinity) - (delays.clean.get(`p-${name}`) ?? 0),
      );
      most.push(Math.max(...added));
    }
    expect(Math.min(...most)).toBeLessThan(500);
    const letterCount = poison.length * most.length;
    await sendHealthy('after', 0);
    await producer.disconnect();
    await counted(2 + 60 * most.length);
    await bus.until(async () => (await clean.bus.counted()) === 2 + 60 * most.length, 'the other group has read all');
    await bus.until(() => bus.metrics.of('weir_bus_dead_letters_total') === letterCount, 'the dead letters');
    const all = await bus.readAll(deadLetterTopic(topic, 'g'));
    expect(all).toHaveLength(letterCount);
    const letters = all.slice(0, poison.length);
    const same = letters.map(({ value }, n) => {
      const expected = poison[n]?.value ?? null;
      return expected === null ? value === null : value?.equals(Buffer.from(expected));
    });
    expect(same).toEqual(poison.map(() => true));
    expect(letters.map(({ headers }) => String(headers?.[deadLetterHeaders.code]))).toEqual([
      'invalid-event',
      'invalid-event',
      'tombstone',
      'invalid-event',
      'invalid-event',
      'invalid-event',
    ]);
    expect(letters.map(({ headers }) => String(headers?.[deadLetterHeaders.id]))).toEqual(
      range(0, 6).map((offset) => `${topic}-0-${offset}`),
    );
    expect(String(letters[0]?.headers?.['own'])).toBe('kept');
    expect(Object.keys(letters[0]?.headers ?? {})).toContain('__proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('writes no dead letter a second time after a kill between the letter and the offset', async () => {
    await bus.sendRaw(topic, [{ value: 'poison', partition: 0 }]);
    const first = await consume(record, { ledger });
    await bus.until(() => bus.metrics.of('weir_bus_dead_letters_total') === 1, 'the dead letter');
    await first.close();
    await ledger.reset({ topic, partition: 0, next: 0n }); // the letter is there, the offset is not
    await sendTo(0, ['after']);
    await consume(record, { ledger });
    await counted(1);
    expect(await bus.readAll(deadLetterTopic(topic, 'g'))).toHaveLength(1);
  });

  it('buries what the domain refuses and what makes the handler fail, and only that', async () => {
    await sendTo(0, range(0, 100));
    await consume(
      async (chunk) => {
        const refused = chunk.records.filter(({ event }) => event.predictionId === 'p-7');
        if (refused.length > 0)
          throw new RefusedRecords(
            refused.map((one) => ({ record: one.record, code: 'too-late', message: 'came too late' })),
          );
        if (chunk.records.some(({ event }) => event.predictionId === 'p-50'))
          throw new TypeError('x is not a function');
        await record(chunk);
      },
      { ledger },
    );
    await counted(98);
    await bus.until(() => bus.metrics.of('weir_bus_dead_letters_total') === 2, 'two dead letters');
    const letters = await new DeadLetters(bus.options).list(topic, 'g');
    expect(letters.map(({ code, key, offset }) => ({ code, key, offset }))).toEqual([
      { code: 'too-late', key: 'p-7', offset: '7' },
      { code: 'bug', key: 'p-50', offset: '50' },
    ]);
    expect(await bus.countedTwice()).toEqual([]);
    await sendTo(0, ['next']);
    await counted(99);
    expect(bus.fatal).toEqual([]);
  });

  it('keeps a topic whose handler fails on every record: few dead letters, the rest waits and is handled when it is mended', async () => {
    let broken = true;
    await sendTo(0, range(0, 300));
    const { server } = await consume(
      async (chunk) => {
        if (broken) throw new TypeError('x is not a function');
        await record(chunk);
      },
      { ledger },
    );
    await bus.until(() => server.health().detail.includes('failed on'), 'the partition that waits');
    broken = false;
    const buried = () => bus.metrics.of('weir_bus_dead_letters_total');
    await bus.until(async () => (await bus.counted()) + buried() >= 300, 'all records');
    expect(buried()).toBeGreaterThanOrEqual(20);
    expect(buried()).toBeLessThan(30);
    expect((await bus.counted()) + buried()).toBe(300);
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('applies a replayed dead letter once, however often it was written and replayed', async () => {
    let broken = true;
    await sendTo(0, [1]);
    await consume(
      async (chunk) => {
        if (broken) throw new TypeError('x is not a function');
        await ledger.apply(chunk, async (tx, fresh) => {
          const ids = fresh.map(({ event }) => event.predictionId);
          await tx.query(
            'insert into seen (id) select id from unnest($1::text[]) as id where id not in (select id from seen)',
            [ids],
          ); // the effect is by event id
        });
      },
      { ledger },
    );
    await bus.until(() => bus.metrics.of('weir_bus_dead_letters_total') === 1, 'the dead letter');
    const [twice] = await bus.readAll(deadLetterTopic(topic, 'g'));
    if (!twice) throw new Error('no dead letter');
    const headers = Object.fromEntries(
      Object.entries(twice.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    await bus.sendRaw(deadLetterTopic(topic, 'g'), [{ key: String(twice.key), value: twice.value, headers }]); // as a kill between the letter and the offset would
    const letters = new DeadLetters(bus.options);
    expect(await letters.topics()).toEqual([{ name: deadLetterTopic(topic, 'g'), letters: 2 }]);
    const [letter, ...more] = await letters.list(topic, 'g');
    expect(more).toEqual([]);
    expect(await letters.show(topic, 'g', letter?.id ?? '')).toMatchObject({
      code: 'bug',
      key: 'p-1',
      message: expect.stringContaining('not a function') as string,
    });
    broken = false;
    expect(await letters.replay(topic, 'g')).toEqual({ replayed: 1 });
    await counted(1);
    expect(await letters.replay(topic, 'g', { ids: [letter?.id ?? ''] })).toEqual({ replayed: 1 });
    await sendTo(0, ['end']);
    await counted(2);
    expect(await bus.countedTwice()).toEqual([]);
    const replayed = (await bus.readAll(topic)).filter((message) => message.headers?.['weir-replay-of']);
    expect(replayed.map(({ value }) => String(value))).toEqual(
      range(0, 2).map(() => outcomeReported.encode(outcome(1))),
    );
  });

  it('pauses only the partition whose dependency is away, longer than a session, without a rebalance or a dead letter', async () => {
    let away = true;
    const { server } = await consume(
      async (chunk) => {
        if (away && chunk.partition === 0) throw new DependencyDown('postgres', 'gone');
        await record(chunk);
      },
      { ledger, sessionTimeoutMs: 6_000 },
    );
    await sendTo(0, range(0, 10));
    const startedAt = performance.now();
    for (let n = 100; performance.now() - startedAt < 8_000; n += 1) {
      const sentAt = performance.now();
      await sendTo(1, [n]);
      await counted(n - 99);
      expect(performance.now() - sentAt).toBeLessThan(1_000);
      await sleep(200);
    }
    expect(server.health()).toMatchObject({ ok: true, detail: expect.stringContaining('postgres: gone') as string });
    expect(bus.metrics.of('weir_bus_paused_total')).toBeGreaterThan(2);
    away = false;
    await bus.until(
      async () => (await bus.dataSource.query<unknown[]>("select 1 from seen where id = 'p-9'")).length > 0,
      'the paused partition',
      7_000,
    );
    expect(bus.metrics.of('weir_bus_rebalances_total')).toBe(0);
    expect(await bus.readAll(deadLetterTopic(topic, 'g'))).toEqual([]);
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('survives connections to Postgres that are killed in the middle of a transaction', async () => {
    await send(range(0, 300));
    let kills = 0;
    await consume(
      async (chunk) => {
        await ledger.apply(chunk, async (tx, fresh) => {
          await bus.count(
            tx,
            fresh.map(({ event }) => event.predictionId),
          );
          if ((kills += 1) <= 3) {
            const [me] = await tx.query<{ pid: number }[]>('select pg_backend_pid() as pid');
            await bus.dataSource.query('select pg_terminate_backend($1)', [me?.pid]);
          }
        });
      },
      { ledger },
    );
    await counted(300);
    expect(kills).toBeGreaterThan(3);
    expect(await bus.countedTwice()).toEqual([]);
    expect(await bus.readAll(deadLetterTopic(topic, 'g'))).toEqual([]);
  });

  it('skips nothing while dead letters cannot be written', async () => {
    const group = 'g'.repeat(230); // the name of its dead-letter topic is longer than Kafka allows
    const handled: string[] = [];
    const { server } = await consume(
      (chunk) => Promise.resolve(void handled.push(...chunk.records.map(({ event }) => event.predictionId))),
      { group },
    );
    await bus.sendRaw(topic, [
      { value: 'poison', partition: 0 },
      { value: outcomeReported.encode(outcome('behind')), partition: 0 },
    ]);
    await sendTo(1, ['beside']);
    await bus.until(() => bus.metrics.of('weir_bus_paused_total') >= 2, 'pauses');
    expect(handled).toEqual(['p-beside']);
    expect(server.health().detail).toContain(`${topic}/0`);
  });

  it('finishes its chunk at the end, so that the next start redelivers nothing', async () => {
    const handled: string[] = [];
    let entered = false;
    const slow: Handler = async (chunk) => {
      entered = true;
      await sleep(700);
      handled.push(...chunk.records.map(({ event }) => event.predictionId));
    };
    await sendTo(0, range(0, 20));
    const first = await consume(slow, {}, 5);
    await bus.until(() => entered);
    const startedAt = performance.now();
    await first.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(handled.length).toBeGreaterThanOrEqual(5);
    expect(handled.length).toBeLessThan(20);
    await consume((chunk) =>
      Promise.resolve(void handled.push(...chunk.records.map(({ event }) => event.predictionId))),
    );
    await bus.until(() => handled.length >= 20);
    await sleep(300);
    expect(handled).toEqual(range(0, 20).map((n) => `p-${n}`));
  });

  it('joins by itself when its topic and the brokers come late', async () => {
    const network = new FaultyNetwork();
    network.cut();
    const { server } = await consume(record, { ledger, connect: network.connect });
    expect(server.health().ok).toBe(false);
    await sendTo(0, [1]);
    network.mend();
    await counted(1);
    expect(server.health().ok).toBe(true);
  });

  it('goes on after the brokers were away', async () => {
    const network = new FaultyNetwork();
    await consume(record, { ledger, connect: network.connect });
    await sendTo(0, [1]);
    await counted(1);
    network.cut();
    await sendTo(0, [2]);
    await sleep(3_000);
    network.mend();
    await counted(2);
    expect(await bus.countedTwice()).toEqual([]);
    expect(bus.fatal).toEqual([]);
  });

  it('applies each record once while members join and leave', async () => {
    const byMember: Record<string, number> = {};
    const member = (name: string) =>
      consume(
        async (chunk) => {
          await record(chunk);
          byMember[name] = (byMember[name] ?? 0) + 1;
        },
        { ledger },
      );
    const total = 1_200;
    const sending = (async () => {
      for (const at of range(0, total / 20)) {
        await send(range(at * 20, at * 20 + 20));
        await sleep(50);
      }
    })();
    const first = await member('first');
    await bus.until(() => (byMember['first'] ?? 0) > 0);
    await member('second');
    await bus.until(() => (byMember['second'] ?? 0) > 0);
    await first.close();
    await member('third');
    await sending;
    await counted(total);
    expect(await bus.countedTwice()).toEqual([]);
    expect(await bus.counted()).toBe(total);
    expect(bus.metrics.of('weir_bus_rebalances_total')).toBeGreaterThan(0);
    expect(await bus.readAll(deadLetterTopic(topic, 'g'))).toEqual([]);
  });

  it('makes connections anew that have fallen silent without an end', async () => {
    const network = new FaultyNetwork();
    await consume(record, { ledger, connect: network.connect });
    await sendTo(0, [1]);
    await counted(1);
    network.silence();
    await sendTo(0, [2]);
    await sleep(1_000);
    network.speakAgain(); // to those who connect now; the old connections stay silent
    await counted(2);
    expect(await bus.countedTwice()).toEqual([]);
  });

  it('ends the process when the consumer dies for good', async () => {
    const broken = (name: string) => {
      if (name === 'weir_bus_paused_total') throw new TypeError('a registry that throws');
    };
    const metrics = { add: broken, set: () => undefined, observe: () => undefined };
    await consume(() => Promise.reject(new DependencyDown('x', 'away')), { metrics });
    await sendTo(0, [1]);
    await bus.until(() => bus.fatal.length > 0, 'onFatal');
    expect(bus.fatal).toHaveLength(1);
  });

  it('complains of a handler that hangs, for a supervisor to restart it', async () => {
    let hang: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => (hang = resolve));
    const { server } = await consume(() => hanging, { stallAfterMs: 1_000 });
    expect(server.liveness()).toBeUndefined();
    await sendTo(0, [1]);
    await bus.until(() => server.liveness() !== undefined, 'liveness', 20_000);
    expect(server.liveness()).toContain(`${topic}/0`);
    hang();
  });

  it('tells how far it is behind', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { server } = await consume(() => gate);
    await sendTo(0, range(0, 40));
    await bus.until(() => server.lag() === 40, 'a lag of 40', 20_000);
    open();
    await bus.until(() => server.lag() === 0, 'no lag', 20_000);
    expect(bus.metrics.gauges.get('weir_bus_lag_records')).toBe(0);
  });
});
