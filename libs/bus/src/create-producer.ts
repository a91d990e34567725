// The producer: a lane per topic over one kafkajs producer, all in-sync replicas, never idempotent.
import { type Message, type Producer as KafkaProducer } from 'kafkajs';
import { silentLogger, type BusLogger } from './bus-logger';
import { noMetrics, type BusMetrics } from './bus-metrics';
import { BusError } from './errors';
import { createKafka, impatient, producerSettings, type BusOptions } from './kafka-client';
import { wireName } from './names';
import { type OutgoingRecord, type Producer } from './ports';
import { ProducerLane, type LaneLimits } from './producer-lane';
import { toSendError } from './send-error';

export interface ProducerOptions extends BusOptions, Partial<LaneLimits> {
  /** How often one send is tried before it rejects. Default 3. */
  readonly retries?: number;
  /** How long one request to a broker may take, milliseconds. Default 5000. */
  readonly requestTimeoutMs?: number;
  readonly logger?: BusLogger;
  readonly metrics?: BusMetrics;
}

const defaults: LaneLimits = { lingerMs: 5, maxRecords: 500, maxBytes: 512 * 1024, maxWaitingBytes: 32 * 1024 ** 2 };

/** Connects at the first send and again whenever the brokers come back. */
export function createProducer(options: ProducerOptions): Producer {
  return new LanedProducer(options, new LazyProducer(options));
}

class LanedProducer implements Producer {
  private readonly lanes = new Map<string, ProducerLane>();
  private readonly open = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly options: ProducerOptions,
    private readonly kafka: LazyProducer,
  ) {}

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.closed) throw new BusError('producer-closed', 'the producer was closed', false);
    const topics = [...new Set(records.map((record) => record.topic))];
    const ofTopic = (topic: string) => records.filter((record) => record.topic === topic);
    const sent = Promise.all(topics.map((topic) => this.lane(topic).send(ofTopic(topic)))).then(() => undefined);
    this.open.add(sent);
    return sent.finally(() => this.open.delete(sent));
  }

  /** Waits for what was sent, then disconnects. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.open);
    await this.kafka.disconnect();
  }

  private lane(topic: string): ProducerLane {
    const known = this.lanes.get(topic);
    if (known) return known;
    const lane = new ProducerLane({ ...defaults, ...given(this.options) }, (records) => this.transmit(topic, records));
    this.lanes.set(topic, lane);
    return lane;
  }

  private async transmit(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const metrics = this.options.metrics ?? noMetrics;
    try {
      const producer = await this.kafka.connected();
      const messages = records as readonly Message[] as Message[]; // kafkajs changes none of them
      await producer.send({ topic: wireName(this.options.topicPrefix, topic), messages, acks: -1 });
      metrics.add('weir_bus_produced_total', { topic }, records.length);
    } catch (error) {
      metrics.add('weir_bus_produce_failures_total', { topic }, records.length);
      throw toSendError(topic, error);
    }
  }
}

/** A kafkajs producer that connects when first needed; a failed attempt is forgotten. */
export class LazyProducer {
  private readonly producer: KafkaProducer;
  private connecting: Promise<void> | undefined;

  constructor(options: ProducerOptions) {
    const retry = { ...impatient, retries: options.retries ?? impatient.retries };
    const logger = options.logger ?? silentLogger;
    this.producer = createKafka(options, retry, logger, options.requestTimeoutMs ?? 5_000).producer({
      ...producerSettings,
      retry,
    });
  }

  async connected(): Promise<KafkaProducer> {
    this.connecting ??= this.producer.connect();
    try {
      await this.connecting;
    } catch (error) {
      this.connecting = undefined;
      throw error;
    }
    return this.producer;
  }

  async disconnect(): Promise<void> {
    await this.producer.disconnect();
  }
}

function given({ lingerMs, maxRecords, maxBytes, maxWaitingBytes }: ProducerOptions): Partial<LaneLimits> {
  const limits = { lingerMs, maxRecords, maxBytes, maxWaitingBytes };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
