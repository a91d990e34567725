// What a dead letter looks like: the record byte for byte, and beside its own headers where it came from and why.
import { type KafkaMessage } from 'kafkajs';
import { rawHeaders } from './incoming-record';

/** The headers that the bus adds. Values are text. */
export const deadLetterHeaders = {
  /** `<topic>-<partition>-<offset>` of the origin: the letter's identity, the same however often it is written. */
  id: 'weir-dlq-id',
  code: 'weir-dlq-code',
  message: 'weir-dlq-message',
  topic: 'weir-dlq-topic',
  partition: 'weir-dlq-partition',
  offset: 'weir-dlq-offset',
  timestampMs: 'weir-dlq-timestamp-ms',
  group: 'weir-dlq-group',
} as const;

const prefix = 'weir-dlq-';
const maxMessageLength = 1_000;

export interface Letter {
  readonly topic: string;
  readonly partition: number;
  readonly raw: KafkaMessage;
  /** undecodable, tombstone, bug, or what the handler's refusal says. */
  readonly code: string;
  readonly message: string;
}

export function letterId(topic: string, partition: number, offset: string): string {
  return `${topic}-${partition}-${offset}`;
}

type RawHeaders = Record<string, Buffer[] | string>;

export function toDeadLetter(
  letter: Letter,
  group: string,
): { key: Buffer | null; value: Buffer | null; headers: RawHeaders } {
  const { topic, partition, raw } = letter;
  const headers: RawHeaders = {
    ...originalHeaders(raw),
    [deadLetterHeaders.id]: letterId(topic, partition, raw.offset),
    [deadLetterHeaders.code]: letter.code.slice(0, 100),
    [deadLetterHeaders.message]: letter.message.slice(0, maxMessageLength),
    [deadLetterHeaders.topic]: topic,
    [deadLetterHeaders.partition]: String(partition),
    [deadLetterHeaders.offset]: raw.offset,
    [deadLetterHeaders.timestampMs]: raw.timestamp,
    [deadLetterHeaders.group]: group,
  };
  return { key: raw.key, value: raw.value, headers };
}

/** A record's own headers without what an earlier stay among the dead letters added. */
export function originalHeaders(raw: Pick<KafkaMessage, 'headers'>): Record<string, Buffer[]> {
  const own = Object.entries(rawHeaders(raw)).filter(([name]) => !name.startsWith(prefix));
  return Object.fromEntries(own);
}
