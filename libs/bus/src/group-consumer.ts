// A member of a consumer group: joins, hands batches on, restarts, watches itself, leaves.
import { type Admin, type Consumer, type ConsumerCrashEvent, type ConsumerGroupJoinEvent } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from './bus-logger';
import { type BusMetrics } from './bus-metrics';
import { consumeBatch, type ConsumeContext, type Route } from './consume-batch';
import { DeadLetterWriter } from './dead-letter-writer';
import { type KafkaBatchServerOptions } from './kafka-batch-server';
import { createKafka, patient, type BusKafka } from './kafka-client';
import { InStep } from './in-step';
import { LogEndsReader } from './log-ends';
import { plainName, wireName } from './names';
import { memberSettings } from './member-settings';
import { OffsetGuard } from './offset-guard';
import { PartitionPauses } from './partition-pauses';
import { ProgressWatch } from './progress-watch';
import { Rest } from './rest';
import { startAtLedger } from './start-at-ledger';

interface GroupConsumerOptions extends KafkaBatchServerOptions {
  readonly metrics: BusMetrics;
  readonly onFatal: (error: Error) => void;
}

type State = 'starting' | 'joined' | 'rejoining' | 'dead' | 'closed';

const watchEveryMs = 5_000;
const startWithinMs = 3_000;

export class GroupConsumer {
  private state: State = 'starting';
  private detail = 'not connected yet';
  private readonly kafka: BusKafka;
  private readonly admin: Admin;
  private readonly ends: LogEndsReader;
  private readonly letters: DeadLetterWriter;
  private readonly context: ConsumeContext;
  private readonly watchRest = new Rest();
  private readonly retryRest = new Rest();
  private consumer: Consumer | undefined;
  private starting: Promise<void> | undefined;
  private joining: Promise<void> | undefined;
  private watching: Promise<void> | undefined;

  constructor(
    private readonly options: GroupConsumerOptions,
    private readonly routes: ReadonlyMap<string, Route>,
  ) {
    const { group, logger, metrics, ledger } = options;
    this.kafka = createKafka(options, patient, logger);
    this.admin = this.kafka.admin({ retry: { ...patient, retries: 2 } });
    this.ends = new LogEndsReader(this.admin, options.topicPrefix);
    this.letters = new DeadLetterWriter(options, group, () => this.ends.connected());
    const pauses = new PartitionPauses();
    this.context = {
      ...{ group, logger, metrics, truth: ledger, pauses },
      guard: new OffsetGuard({ truth: ledger, ends: this.ends, group, logger, metrics }),
      inStep: new InStep({
        leading: new Set([...routes.values()].flatMap(({ after }) => after?.topic ?? [])),
        isPaused: (topic, partition) => pauses.whyOf(`${topic}/${partition}`) !== undefined,
      }),
      progress: new ProgressWatch(group, metrics),
      bury: (letters) => this.letters.bury(letters),
      seek: (topic, partition, offset) => this.seek(topic, partition, offset),
    };
  }

  /** Resolves when the group was joined, or after 3 s: then it goes on trying by itself. */
  async start(): Promise<void> {
    if (this.routes.size === 0) return this.become('joined', 'no handlers');
    this.watching = this.watch();
    this.starting = this.keepTrying();
    await Promise.race([this.starting, sleep(startWithinMs, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.watchRest.end();
    this.retryRest.end();
    this.context.pauses.clear();
    this.context.inStep.clear();
    const deadline = sleep(this.options.closeTimeoutMs ?? 15_000, undefined, { ref: false });
    await Promise.race([deadline, this.leave()]);
  }

  health(): { ok: boolean; detail: string } {
    const waiting = this.context.pauses.all();
    return { ok: this.state === 'joined', detail: [this.detail, ...waiting].join('; ') };
  }

  liveness(): string | undefined {
    if (this.state === 'dead') return this.detail;
    const stalled = this.context.progress.stalled(performance.now(), this.options.stallAfterMs ?? 60_000);
    return stalled === undefined ? undefined : `no progress on ${stalled} though there are records`;
  }

  lag(): number {
    return this.context.progress.lag();
  }

  private become(state: State, detail: string): void {
    if (this.state !== 'closed') this.state = state;
    this.detail = detail;
  }

  private async leave(): Promise<void> {
    await Promise.race([this.starting, sleep(startWithinMs, undefined, { ref: false })]);
    await this.consumer?.disconnect();
    await this.watching;
    await this.joining;
    await Promise.allSettled([this.letters.close(), this.admin.disconnect()]);
  }

  private async keepTrying(): Promise<void> {
    for (let failures = 0; this.state !== 'closed'; failures += 1) {
      if (await this.tryToRun()) return;
      await this.retryRest.for(Math.min(2_000, 250 * 2 ** failures));
    }
  }

  private async tryToRun(): Promise<boolean> {
    const consumer = this.createConsumer();
    try {
      await consumer.connect();
      const topics = [...this.routes.keys()].map((topic) => wireName(this.options.topicPrefix, topic));
      await consumer.subscribe({ topics, fromBeginning: true });
      if (this.state === 'closed') throw new Error('closed while joining');
      this.consumer = consumer;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 8,
        eachBatch: async (payload) => {
          const topic = plainName(this.options.topicPrefix, payload.batch.topic);
          const route = this.routes.get(topic);
          if (route) await consumeBatch(topic, route, payload, this.context);
        },
      });
      return true;
    } catch (error) {
      this.detail = describeError(error);
      this.options.logger.warn(
        { group: this.options.group, error: this.detail },
        'the group could not be joined, trying again',
      );
      await consumer.disconnect().catch(() => undefined);
      return false;
    }
  }

  private createConsumer(): Consumer {
    const consumer = this.kafka.consumer(memberSettings(this.options, () => this.state !== 'closed'));
    consumer.on(consumer.events.GROUP_JOIN, (event) => void (this.joining = this.joined(event)));
    consumer.on(consumer.events.REBALANCING, () => this.rejoining());
    consumer.on(consumer.events.CRASH, (event) => this.crashed(event));
    return consumer;
  }

  private async joined({ payload }: ConsumerGroupJoinEvent): Promise<void> {
    const assigned = Object.entries(payload.memberAssignment).map(([wire, partitions]) => ({
      topic: plainName(this.options.topicPrefix, wire),
      partitions,
    }));
    this.context.guard.forget();
    this.context.pauses.clear();
    this.context.inStep.assign(assigned);
    this.context.progress.assign(
      assigned.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
    );
    const described = assigned.map(({ topic, partitions }) => `${topic} [${partitions.join(' ')}]`).join(', ');
    this.become('joined', `joined with ${described || 'no partition'}`);
    this.options.logger.info({ group: this.options.group, assigned }, 'the group was joined');
    for (const { topic, partitions } of assigned) await startAtLedger(topic, partitions, this.context);
    await this.prepareLetters();
  }

  /** Made before they are needed: making a topic takes a while, and the partitions beside would wait for it. */
  private prepareLetters(): Promise<void> {
    const complain = (error: unknown) =>
      this.options.logger.warn({ error: describeError(error) }, 'the dead-letter topics could not be made yet');
    return this.letters.prepare([...this.routes.keys()]).catch(complain);
  }

  private seek(topic: string, partition: number, offset: bigint): void {
    this.consumer?.seek({ topic: wireName(this.options.topicPrefix, topic), partition, offset: String(offset) });
  }

  private rejoining(): void {
    this.options.metrics.add('weir_bus_rebalances_total', { group: this.options.group }, 1);
    this.become('rejoining', 'rebalancing');
  }

  private crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    this.options.metrics.add('weir_bus_crashes_total', { group: this.options.group }, 1);
    this.become(restart ? 'rejoining' : 'dead', describeError(error));
    this.options.logger.warn({ group: this.options.group, error: this.detail, restart }, 'the Kafka consumer crashed');
    if (this.state === 'dead') this.options.onFatal(error);
  }

  private async watch(): Promise<void> {
    while (this.state !== 'closed') {
      await this.watchRest.for(watchEveryMs);
      await this.observe().catch((error: unknown) =>
        this.options.logger.debug({ error: describeError(error) }, 'lag could not be read'),
      );
    }
  }

  private async observe(): Promise<void> {
    if (this.state !== 'joined') return;
    const { progress, pauses } = this.context;
    for (const topic of new Set(progress.assigned().map((one) => one.topic))) {
      const ends = await this.ends.ofTopic(topic);
      const committed = await this.ends.committed(this.options.group, topic);
      for (const { partition } of progress.assigned().filter((one) => one.topic === topic)) {
        const end = ends.get(partition);
        if (!end) continue;
        const excused = pauses.whyOf(`${topic}/${partition}`) !== undefined;
        progress.observed(topic, partition, end.high, committed.get(partition) ?? end.low, performance.now(), excused);
      }
    }
  }
}
