// A corner of the real broker and the real database for one spec: a topic prefix and a schema of its own.
import { outcomeReported, topicPlans, type TopicPlan } from '@weir/contracts';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, type KafkaMessage } from 'kafkajs';
import { DataSource, type EntityManager } from 'typeorm';
import {
  busMigrations,
  ensureTopics,
  type BusLogger,
  type BusMetricName,
  type BusMetrics,
  type BusOptions,
} from './index';
import { createKafka, patient, type BusKafka } from './kafka-client';
import { wireName } from './names';

export class CountingMetrics implements BusMetrics {
  readonly counts = new Map<string, number>();
  readonly gauges = new Map<string, number>();

  add(name: BusMetricName, _labels: unknown, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
  set(name: BusMetricName, _labels: unknown, value: number): void {
    this.gauges.set(name, value);
  }
  observe(): void {
    // durations are not asserted on
  }
  of(name: BusMetricName): number {
    return this.counts.get(name) ?? 0;
  }
}

export class RealBus {
  readonly metrics = new CountingMetrics();
  readonly lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  readonly fatal: Error[] = [];
  readonly onFatal = (error: Error): void => void this.fatal.push(error);
  readonly logger: BusLogger = {
    debug: (fields, message) => this.log('debug', fields, message),
    info: (fields, message) => this.log('info', fields, message),
    warn: (fields, message) => this.log('warn', fields, message),
    error: (fields, message) => this.log('error', fields, message),
  };
  readonly kafka: BusKafka;
  readonly admin: Admin;

  private constructor(
    readonly options: BusOptions,
    readonly dataSource: DataSource,
    readonly schema: string,
  ) {
    this.kafka = createKafka(options, patient);
    this.admin = this.kafka.admin();
  }

  static async open(): Promise<RealBus> {
    const id = randomBytes(4).toString('hex');
    const schema = `bus_${id}`;
    const options = { brokers: setting('KAFKA_BROKERS').split(','), clientId: `bus-${id}`, topicPrefix: `t${id}.` };
    const url = setting('DATABASE_URL');
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      schema,
      migrations: busMigrations,
      extra: { options: `-c search_path=${schema}`, max: 8 },
    });
    await dataSource.initialize();
    await dataSource.query(`create schema ${schema}`);
    await dataSource.runMigrations();
    await dataSource.query('create table seen (id text not null, at timestamptz not null default clock_timestamp())');
    const bus = new RealBus(options, dataSource, schema);
    await bus.admin.connect();
    return bus;
  }

  async close(): Promise<void> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
    await this.dataSource.query(`drop schema ${this.schema} cascade`);
    await this.dataSource.destroy();
    const topics = (await this.admin.listTopics()).filter((topic) => topic.startsWith(this.options.topicPrefix));
    await this.admin.deleteTopics({ topics }).catch(() => undefined);
    await this.admin.disconnect();
  }

  /** Few partitions: a test needs two at most, and the broker is shared. */
  async makeTopics(
    plans: readonly TopicPlan[] = topicPlans.filter(({ topic }) => topic === outcomeReported.topic),
    partitions = 3,
  ): Promise<void> {
    await ensureTopics(
      this.options,
      plans.map((plan) => ({ ...plan, partitions })),
    );
  }

  /** An effect that shows how often it happened. */
  async count(tx: EntityManager, ids: readonly string[]): Promise<void> {
    await tx.query('insert into seen (id) select unnest($1::text[])', [ids]);
  }

  async counted(): Promise<number> {
    const [row] = await this.dataSource.query<{ n: number }[]>('select count(*)::int as n from seen');
    return row?.n ?? 0;
  }

  async countedTwice(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>('select id from seen group by id having count(*) > 1');
    return rows.map((row) => row.id);
  }

  async until(condition: () => boolean | Promise<boolean>, what = 'the condition', withinMs = 30_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await condition())) {
      if (performance.now() > deadline)
        throw new Error(
          `${what} did not come true within ${withinMs} ms; the log: ${JSON.stringify(this.lines.filter((line) => line.level !== 'debug').slice(-10))}`,
        );
      await sleep(20);
    }
  }

  /** Sends exactly these bytes, past every contract. */
  async sendRaw(
    topic: string,
    messages: {
      key?: string | null;
      value: Buffer | string | null;
      headers?: Record<string, string>;
      partition?: number;
    }[],
  ): Promise<void> {
    const producer = this.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: wireName(this.options.topicPrefix, topic), messages, acks: -1 });
    await producer.disconnect();
  }

  /** All records of a topic, read past the bus. */
  async readAll(topic: string): Promise<KafkaMessage[]> {
    const wire = wireName(this.options.topicPrefix, topic);
    if (!(await this.admin.listTopics()).includes(wire)) return [];
    const total = (await this.admin.fetchTopicOffsets(wire)).reduce(
      (sum, { low, high }) => sum + Number(high) - Number(low),
      0,
    );
    const found: KafkaMessage[] = [];
    if (total === 0) return found;
    const consumer = this.kafka.consumer({ groupId: `${wire}.${randomBytes(4).toString('hex')}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: [wire], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: ({ message }) => Promise.resolve(void found.push(message)) });
    await this.until(() => found.length >= total, `${total} records of ${topic}`);
    await consumer.disconnect();
    return found;
  }

  private log(level: string, fields: Record<string, unknown>, message: string): void {
    this.lines.push({ level, message, fields });
  }
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`integration specs need ${name}`);
  return value;
}
