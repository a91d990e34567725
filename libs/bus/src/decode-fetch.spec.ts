// Our reading of a Fetch response beside that of kafkajs: the same records.
import fc from 'fast-check';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0';
import recordBatch from 'kafkajs/src/protocol/recordBatch/v0';
import Fetch from 'kafkajs/src/protocol/requests/fetch';
import { decodeFetch, type Fetched } from './decode-fetch';
import { mendFetch, type MendableFetch } from './mend-fetch';

const original: MendableFetch = { protocol: Fetch.protocol };
const seed = 20261123;

const byKafkajs = (raw: Buffer, protocol = original.protocol) =>
  protocol({ version: 11 })({ topics: [] }).response.decode(raw);

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('1', 'ce_id', 'ümlaut')),
    fc.oneof(fc.string({ maxLength: 40 }), fc.array(fc.string({ maxLength: 5 }), { minLength: 2, maxLength: 3 })),
    { maxKeys: 6 },
  ),
  timestampDelta: fc.integer({ min: -5_000, max: 90_000_000 }),
});
const batch = fc.record({
  firstOffset: fc.oneof(fc.nat(), fc.constant(2 ** 40)),
  firstTimestamp: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
  isAppended: fc.boolean(),
  records: fc.array(record, { maxLength: 80 }),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

const int16 = (value: number) => Buffer.from(new Int16Array([value]).buffer).swap16();
const int32 = (value: number) => Buffer.from(new Int32Array([value]).buffer).swap32();
const int64 = (value: number) => Buffer.from(new BigInt64Array([BigInt(value)]).buffer).swap64();

const attributesAt = 21;

async function encodeBatch({ records, isAppended, firstOffset, firstTimestamp }: Batch, some = {}): Promise<Buffer> {
  const encoded = records.map((one, offsetDelta) => encodeRecord({ ...one, offsetDelta }));
  const { buffer } = await recordBatch.RecordBatch({
    ...{ firstOffset, firstTimestamp, maxTimestamp: firstTimestamp + 77, records: encoded },
    ...{ lastOffsetDelta: records.length - 1, ...some },
  });
  if (isAppended) buffer.writeInt16BE(buffer.readInt16BE(attributesAt) | 8, attributesAt);
  return buffer;
}

function responseOf(topics: Readonly<Record<string, readonly Buffer[]>>): Buffer {
  const ofTopics = Object.entries(topics).map(([name, partitions]) => {
    const all = partitions.map((set, index) => {
      const aborted = index % 2 === 0 ? int32(-1) : Buffer.concat([int32(1), int64(7), int64(9)]);
      const head = [int32(index), int16(index % 3), int64(1_000 + index), int64(900), int64(0), aborted, int32(-1)];
      return Buffer.concat([...head, int32(set.length), set]);
    });
    return Buffer.concat([int16(Buffer.byteLength(name)), Buffer.from(name), int32(all.length), ...all]);
  });
  return Buffer.concat([int32(3), int16(0), int32(11), int32(ofTopics.length), ...ofTopics]);
}

/** With headers read, under the names that kafkajs has. */
function plain(fetched: unknown): unknown {
  const { responses, ...rest } = fetched as Fetched;
  const plainMessage = (message: Fetched['responses'][number]['partitions'][number]['messages'][number]) => {
    const { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext } = message;
    return { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext };
  };
  return {
    ...rest,
    responses: responses.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map((one) => ({ ...one, messages: one.messages.map(plainMessage) })),
    })),
  };
}

describe('decodeFetch', () => {
  it(`reads the records that kafkajs reads, of many batches, cut off wherever the fetch ended (seed ${seed})`, async () => {
    const sets = fc.array(fc.array(batch, { maxLength: 3 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(sets, fc.nat(400), async (partitions, cut) => {
        const buffers = await Promise.all(
          partitions.map(async (batches) => {
            const set = Buffer.concat(await Promise.all(batches.map((one) => encodeBatch(one))));
            const left = Math.max(0, set.length - cut);
            return set.subarray(0, left < 17 ? 0 : left); // kafkajs looks for the magic byte whatever there is
          }),
        );
        const raw = responseOf({ 'weir.prediction-served.v1': buffers, other: [] });
        const ours = decodeFetch(raw);
        expect(ours).toBeDefined();
        expect(plain(ours)).toEqual(plain(await byKafkajs(raw)));
      }),
      { numRuns: 60, seed },
    );
  });

  it('reads a timestamp and an offset of many bytes', async () => {
    const records = [{ key: null, value: Buffer.from('x'), headers: {}, timestampDelta: 2 ** 40 }];
    const one = { firstOffset: 2 ** 52, firstTimestamp: 1, isAppended: false, records };
    const raw = responseOf({ t: [await encodeBatch(one)] });
    expect(plain(decodeFetch(raw))).toEqual(plain(await byKafkajs(raw)));
  });

  it.each([
    ['a transaction', { transactional: true }],
    ['compression', { compression: 1 }],
    ['an offset beyond what a number holds', { firstOffset: 2n ** 60n }],
  ])('leaves a batch with %s to kafkajs', async (_, some) => {
    const records = [{ key: null, value: Buffer.from('x'), headers: {}, timestampDelta: 0 }];
    const set = await encodeBatch({ firstOffset: 1, firstTimestamp: 1, isAppended: false, records }, some);
    const raw = responseOf({ t: [set] });
    expect(decodeFetch(raw)).toBeUndefined();
    const protocol: MendableFetch = { protocol: original.protocol };
    mendFetch(protocol);
    expect(plain(await byKafkajs(raw, protocol.protocol))).toEqual(plain(await byKafkajs(raw)));
  });

  it('leaves what is no such response to kafkajs, and never reads beyond it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const read = decodeFetch(Buffer.from(noise));
        expect(read === undefined || Array.isArray(read.responses)).toBe(true);
      }),
      { numRuns: 300, seed },
    );
  });
});

describe('the mend', () => {
  it('leaves older versions alone and refuses a kafkajs of another shape', () => {
    const protocol: MendableFetch = { protocol: original.protocol };
    mendFetch(protocol);
    expect(protocol.protocol({ version: 4 })).toBe(original.protocol({ version: 4 }));
    expect(() => mendFetch({ protocol: () => undefined as never })).toThrow('kafkajs has changed');
  });
});
