// How a member of a group behaves; each of these differs from what kafkajs would do by itself.
import { type ConsumerConfig } from 'kafkajs';
import { type KafkaBatchServerOptions } from './kafka-batch-server';
import { patient } from './kafka-client';
import { wireName } from './names';

export function memberSettings(
  options: Pick<KafkaBatchServerOptions, 'topicPrefix' | 'group' | 'sessionTimeoutMs' | 'gatherBytes'>,
  mayRestart: () => boolean,
): ConsumerConfig {
  const sessionTimeout = options.sessionTimeoutMs ?? 10_000;
  return {
    groupId: wireName(options.topicPrefix, options.group),
    allowAutoTopicCreation: false,
    sessionTimeout,
    heartbeatInterval: sessionTimeout / 5,
    rebalanceTimeout: 30_000,
    minBytes: options.gatherBytes ?? 1,
    maxWaitTimeInMs: 200, // bounds shutdown too: a fetch under way is waited for
    maxBytesPerPartition: 1024 ** 2,
    retry: { ...patient, restartOnFailure: () => Promise.resolve(mayRestart()) },
  };
}
