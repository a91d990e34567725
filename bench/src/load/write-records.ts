// Writes a backlog to Kafka, in pieces that a producer holds at once.
import { createProducer, type BusOptions, type OutgoingRecord } from '@weir/bus';

const chunkRecords = 500;

/** The records of each number from 0 to `count` less one, in turn. */
export async function writeRecords(
  bus: BusOptions,
  count: number,
  recordsOf: (number: number) => readonly OutgoingRecord[],
): Promise<void> {
  const producer = createProducer({ ...bus, lingerMs: 5, maxWaitingBytes: 64 * 1024 ** 2 });
  try {
    for (let from = 0; from < count; from += chunkRecords) {
      const numbers = Array.from({ length: Math.min(chunkRecords, count - from) }, (_, index) => from + index);
      await producer.send(numbers.flatMap(recordsOf));
    }
  } finally {
    await producer.close();
  }
}
