// Reads a topic from its beginning to its present end, as an auditor would.
import { readRange, type IncomingRecord } from '@weir/bus';
import { predictionServed, type EventContract } from '@weir/contracts';

export interface TappedRecord {
  readonly key: string | null;
  readonly value: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly offset: string;
}

/** Every record that the topic (named as the brokers know it) holds at this moment, values parsed where they are JSON. */
export async function readTopic(brokers: string, topic: string): Promise<TappedRecord[]> {
  const records: TappedRecord[] = [];
  const options = { brokers: brokers.split(','), clientId: 'auditor', topicPrefix: '' };
  await readRange(options, asItIs(topic), new Map(), (_, record) => records.push(tapped(record)));
  return records;
}

/** Of any topic, whatever it holds: nothing is read into its values here. */
function asItIs(topic: string): EventContract<unknown> {
  return { ...predictionServed, topic, type: topic, decode: () => null } as EventContract<unknown>;
}

function tapped({ key, value, headers, partition, offset }: IncomingRecord): TappedRecord {
  const text = value?.toString('utf8') ?? '';
  return { key, value: parsed(text), text, headers, partition, offset };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
