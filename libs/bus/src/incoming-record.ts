// From what kafkajs hands out to what a handler sees.
import { type KafkaMessage } from 'kafkajs';
import { type IncomingRecord } from './ports';

/** A record's headers as bytes, whatever a hostile name such as `__proto__` made of them in the client's decoder. */
export function rawHeaders(message: Pick<KafkaMessage, 'headers'>): Record<string, Buffer[]> {
  const headers = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const all: unknown[] = Array.isArray(value) ? value : [value];
    const bytes = all.filter((one) => Buffer.isBuffer(one) || typeof one === 'string').map((one) => Buffer.from(one));
    if (bytes.length > 0) headers[name] = bytes;
  }
  return headers;
}

/** Most handlers read neither key nor headers: they are made when somebody asks. */
export function toIncomingRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  let headers: Record<string, string> | undefined;
  return {
    topic,
    partition,
    offset: message.offset,
    get key() {
      return message.key === null ? null : message.key.toString('utf8');
    },
    value: message.value,
    get headers() {
      return (headers ??= headersOf(message));
    },
    timestampMs: Number(message.timestamp),
  };
}

function headersOf(message: KafkaMessage): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, values] of Object.entries(rawHeaders(message))) headers[name] = values[0]?.toString('utf8') ?? '';
  return headers;
}
