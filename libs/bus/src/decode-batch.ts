// Splits fetched records into those that keep their contract and those that go to the dead letters.
import { InvalidEventError } from '@weir/contracts';
import { type KafkaMessage } from 'kafkajs';
import { type BatchRoute } from './batch-events';
import { describeError } from './bus-logger';
import { type Letter } from './dead-letter';
import { toIncomingRecord } from './incoming-record';
import { type Received } from './ports';

export interface Decoded {
  readonly raw: KafkaMessage;
  readonly received: Received<unknown>;
}

export function decodeBatch(
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
  route: Pick<BatchRoute, 'contract' | 'tombstones'>,
): { good: Decoded[]; bad: Letter[] } {
  const good: Decoded[] = [];
  const bad: Letter[] = [];
  for (const raw of messages) {
    const decoded = decode(raw, route);
    if ('event' in decoded)
      good.push({ raw, received: { event: decoded.event, record: toIncomingRecord(topic, partition, raw) } });
    else bad.push({ topic, partition, raw, ...decoded });
  }
  return { good, bad };
}

function decode(
  raw: KafkaMessage,
  { contract, tombstones }: Pick<BatchRoute, 'contract' | 'tombstones'>,
): { event: unknown } | { code: string; message: string } {
  if (raw.value === null)
    return tombstones ? { event: null } : { code: 'tombstone', message: 'a record without value' };
  try {
    return { event: contract.decode(raw.value) };
  } catch (error) {
    return error instanceof InvalidEventError
      ? { code: error.code, message: error.problem }
      : { code: 'undecodable', message: describeError(error) }; // a decoder that throws anything else (deep nesting) is fed by a stranger too
  }
}
