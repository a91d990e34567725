// The one place where a kafkajs client is made: every setting that its defaults get wrong is explicit here.
import { Kafka, logLevel, type logCreator, type RetryOptions } from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue';
import Fetch from 'kafkajs/src/protocol/requests/fetch';
import Produce from 'kafkajs/src/protocol/requests/produce';
import { type Socket } from 'node:net';
import { BrokerSockets, type SocketTarget } from './broker-sockets';
import { silentLogger, type BusLogger } from './bus-logger';
import { mendFetch } from './mend-fetch';
import { mendProduce } from './mend-produce';
import { mendRequestQueue } from './mend-request-queue';
import { partitionByKey } from './partition-by-key';

mendRequestQueue(RequestQueue);
mendProduce(Produce);
mendFetch(Fetch);

export interface BusOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Put before every topic and group, so that several systems share a broker. */
  readonly topicPrefix: string;
  /** Opens the sockets to the brokers; by default TCP. Here a test puts a fault between. */
  readonly connect?: (target: SocketTarget) => Socket;
}

/** Explicit, because kafkajs swaps its defaults when NODE_ENV is test. */
export const impatient: RetryOptions = {
  initialRetryTime: 100,
  retries: 3,
  maxRetryTime: 1_000,
  multiplier: 2,
  factor: 0.2,
};
export const patient: RetryOptions = {
  initialRetryTime: 200,
  retries: 8,
  maxRetryTime: 2_000,
  multiplier: 2,
  factor: 0.2,
};

/** Where consumers, producers and admins come from. */
export type BusKafka = Pick<Kafka, 'consumer' | 'producer' | 'admin'>;

export function createKafka(
  options: BusOptions,
  retry: RetryOptions = impatient,
  logger: BusLogger = silentLogger,
  requestTimeoutMs = 10_000,
): BusKafka {
  const sockets = new BrokerSockets(options.connect);
  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 2_000,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry,
    logLevel: logLevel.INFO,
    logCreator: bridgeTo(logger),
    socketFactory: sockets.open,
  });
  const cut = ({ payload }: { payload: { broker: string } }) => sockets.cut(payload.broker);
  return {
    consumer: (config) => {
      const consumer = kafka.consumer(config);
      consumer.on(consumer.events.REQUEST_TIMEOUT, cut);
      return consumer;
    },
    producer: (config) => {
      const producer = kafka.producer(config);
      producer.on(producer.events.REQUEST_TIMEOUT, cut);
      return producer;
    },
    admin: (config) => {
      const admin = kafka.admin(config);
      admin.on(admin.events.REQUEST_TIMEOUT, cut);
      return admin;
    },
  };
}

export const producerSettings = {
  allowAutoTopicCreation: false,
  createPartitioner: partitionByKey,
  idempotent: false, // kafkajs re-uses sequence numbers after a lost response; events are deduplicated by id instead
};

function bridgeTo(logger: BusLogger): logCreator {
  return () =>
    ({ level, log }) => {
      const { message, timestamp: _timestamp, logger: _name, stack: _stack, ...fields } = log;
      if (level === logLevel.DEBUG || level === logLevel.INFO) logger.debug(fields, `kafka: ${message}`);
      else if (level === logLevel.WARN) logger.info(fields, `kafka: ${message}`);
      else logger.warn(fields, `kafka: ${message}`);
    };
}
