// kafkajs 2.2.4 makes a zeroed buffer of 512 bytes for each header and each record and copies every byte six times. Mended here, at import.
import Encoder from 'kafkajs/src/protocol/encoder';
import { encodeProduce, type ProduceBody, type ProduceMessage } from './encode-produce';

interface Arguments extends ProduceBody {
  readonly transactionalId?: string | null;
  readonly compression?: number;
}

type Definition = (args: Arguments) => { request: { encode: () => Promise<Encoder> }; response: unknown };

/** What of kafkajs' Produce the mend relies on. */
export interface MendableProduce {
  protocol: (wanted: { version: number }) => Definition;
}

const mended = new WeakSet<object>();
const firstWithBatches = 3;
const lastKnown = 7;

/**
 * Requests with nothing unusual (compression, transactions, timestamps or lists of header values) are encoded in one buffer; all
 * others as before.
 * @throws Error when kafkajs no longer has the shape this was written for: then read its produce request again before upgrading.
 */
export function mendProduce(produce: MendableProduce): void {
  if (mended.has(produce)) return;
  const original = produce.protocol;
  const probe: unknown = typeof original === 'function' ? original({ version: lastKnown }) : undefined;
  if (typeof probe !== 'function') throw new Error('kafkajs has changed: Produce version 7 is gone');
  produce.protocol = ({ version }) => {
    const definition = original({ version });
    if (version < firstWithBatches || version > lastKnown) return definition;
    return (args) => {
      const made = definition(args);
      if (!isPlain(args)) return made;
      return { ...made, request: { ...made.request, encode: () => Promise.resolve(encoderOf(args)) } };
    };
  };
  mended.add(produce);
}

function encoderOf(body: ProduceBody): Encoder {
  const encoder = new Encoder(0);
  encoder.buf = encodeProduce(body, Date.now());
  encoder.offset = encoder.buf.length;
  return encoder;
}

function isPlain({ transactionalId, compression, topicData }: Arguments): boolean {
  return (
    !transactionalId &&
    !compression &&
    topicData.every(({ partitions }) => partitions.every(({ messages }) => messages.every(isPlainMessage)))
  );
}

function isPlainMessage(message: ProduceMessage & { timestamp?: unknown }): boolean {
  if (message.timestamp !== undefined && message.timestamp !== null) return false;
  const { key, value, headers } = message;
  return (
    isBytes(key) && isBytes(value) && (!headers || Object.values(headers).every((one) => one !== null && isBytes(one)))
  );
}

function isBytes(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'string' || Buffer.isBuffer(value);
}
