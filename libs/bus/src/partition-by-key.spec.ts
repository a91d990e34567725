// Keys go where Java's clients, and kafkajs itself, put them.
import fc from 'fast-check';
import { Partitioners, type Message, type PartitionerArgs } from 'kafkajs';
import { hashOfKey, partitionByKey } from './partition-by-key';

const ours = partitionByKey();
const theirs = Partitioners.DefaultPartitioner();

function asked(message: Partial<Message>, partitions: number): PartitionerArgs {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [0], isr: [0] },
  }));
  return { topic: 't', partitionMetadata, message: { value: null, ...message } };
}

describe('partitionByKey', () => {
  // as in the tests of Kafka's Java client, of bytes
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (key, hash) => {
    expect(hashOfKey(key)).toBe(hash);
    expect(hashOfKey(Buffer.from(key))).toBe(hash);
  });

  it('puts every key where kafkajs would (seed 20261123)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const args = asked({ key }, partitions);
        expect(ours(args)).toBe(theirs(args));
        const bytes = asked({ key: Buffer.from(key) }, partitions);
        expect(ours(bytes)).toBe(theirs(bytes));
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });

  it('leaves records without a key, or with a partition, to kafkajs', () => {
    expect(ours(asked({ key: 'k', partition: 5 }, 8))).toBe(5);
    const placed = new Set(Array.from({ length: 8 }, () => ours(asked({}, 8))));
    expect(placed.size).toBe(8);
  });
});
