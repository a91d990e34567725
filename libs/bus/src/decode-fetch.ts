// A Fetch response (version 11) as kafkajs would give it, read in one pass: no 64-bit arithmetic where a number will do, headers when they are asked for.
import { FetchedMessage, type BatchContext } from './fetched-message';
import { ProtocolReader, Unusual } from './protocol-reader';

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly preferredReadReplica: number;
  readonly messages: readonly FetchedMessage[];
}

export interface Fetched {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

const batchHeadBytes = 49;
const magicAt = 16;
const [compressed, appendTime, transactional, control] = [0x7, 0x8, 0x10, 0x20];

/** undefined: there is something in it that this does not read. */
export function decodeFetch(response: Buffer): Fetched | undefined {
  try {
    return readResponse(new ProtocolReader(response));
  } catch {
    return undefined; // whatever it is, the original reads it or says what is wrong
  }
}

function readResponse(from: ProtocolReader): Fetched {
  const clientSideThrottleTime = from.int32();
  const [errorCode, sessionId] = [from.int16(), from.int32()];
  const responses = from.list(() => ({ topicName: from.text(), partitions: from.list(() => readPartition(from)) }));
  // the broker has throttled this request itself; the next one is for the client to hold back
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function readPartition(from: ProtocolReader): FetchedPartition {
  const [partition, errorCode] = [from.int32(), from.int16()];
  const highWatermark = String(from.int64());
  const lastStableOffset = String(from.int64());
  const lastStartOffset = String(from.int64());
  const abortedTransactions = from.list(() => ({
    producerId: String(from.int64()),
    firstOffset: String(from.int64()),
  }));
  const preferredReadReplica = from.int32();
  const messages = readMessages(from, from.int32());
  return {
    ...{ partition, errorCode, highWatermark, lastStableOffset, lastStartOffset },
    ...{ abortedTransactions, preferredReadReplica, messages },
  };
}

function readMessages(from: ProtocolReader, bytes: number): FetchedMessage[] {
  const messages: FetchedMessage[] = [];
  if (bytes <= 0 || bytes > from.left()) return messages;
  const end = from.at + bytes;
  while (end - from.at >= batchHeadBytes) {
    if (from.buffer[from.at + magicAt] !== 2) throw new Unusual();
    const firstOffset = from.int64();
    const batchBytes = from.int32();
    if (batchBytes > end - from.at) break; // cut short by the fetch's limit
    const batchEnd = from.at + batchBytes;
    readBatch(from, firstOffset, batchEnd, messages);
    from.at = batchEnd;
  }
  from.at = end;
  return messages;
}

function readBatch(from: ProtocolReader, firstOffset: number, end: number, messages: FetchedMessage[]): void {
  const [partitionLeaderEpoch, magicByte] = [from.int32(), from.int8()];
  from.at += 4; // checksum
  const attributes = from.int16();
  if ((attributes & (compressed | transactional | control)) !== 0) throw new Unusual();
  const [lastOffsetDelta, firstTimestamp, maxTimestamp] = [from.int32(), from.int64(), from.int64()];
  const [producerId, producerEpoch, firstSequence] = [from.int64(), from.int16(), from.int32()];
  const isAppended = (attributes & appendTime) !== 0;
  const context: BatchContext = {
    ...{ firstOffset: String(firstOffset), firstTimestamp: String(firstTimestamp), partitionLeaderEpoch },
    ...{ inTransaction: false, isControlBatch: false, lastOffsetDelta, producerId: String(producerId), producerEpoch },
    ...{ firstSequence, maxTimestamp: String(maxTimestamp), timestampType: isAppended ? 1 : 0, magicByte },
  };
  for (let left = from.int32(); left > 0; left -= 1) {
    const recordEnd = from.varint() + from.at;
    if (recordEnd > end) throw new Unusual();
    messages.push(readRecord(from, recordEnd, context, { firstOffset, firstTimestamp, isAppended }));
  }
}

interface Firsts {
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  readonly isAppended: boolean;
}

function readRecord(from: ProtocolReader, end: number, context: BatchContext, firsts: Firsts): FetchedMessage {
  const attributes = from.int8();
  const timestampDelta = from.varint();
  const offset = String(firsts.firstOffset + from.varint());
  const timestamp = firsts.isAppended ? context.maxTimestamp : String(firsts.firstTimestamp + timestampDelta);
  const [key, value] = [from.bytes(), from.bytes()];
  const headers = from.buffer.subarray(from.at, end);
  from.at = end;
  return new FetchedMessage(context, { attributes, timestamp, offset, key, value, headers });
}
