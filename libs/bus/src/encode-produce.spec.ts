// Our Produce request beside that of kafkajs: the same bytes.
import fc from 'fast-check';
import Produce from 'kafkajs/src/protocol/requests/produce';
import { crc32c } from './crc32c';
import { encodeProduce, type ProduceBody } from './encode-produce';
import { mendProduce, type MendableProduce } from './mend-produce';

const nowMs = 1_795_436_207_827;
const original: MendableProduce = { protocol: Produce.protocol };

beforeEach(() => jest.useFakeTimers({ now: nowMs, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
afterEach(() => jest.useRealTimers());

async function byKafkajs(body: ProduceBody & Record<string, unknown>, protocol = original.protocol): Promise<Buffer> {
  const { request } = protocol({ version: 7 })({ transactionalId: null, compression: 0, ...body });
  return (await request.encode()).buffer;
}

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('ümlaut €'));
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 20_000 }).map((array) => Buffer.from(array)),
);
const message = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    bytes,
    { maxKeys: 5 },
  ),
});
const body = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ minLength: 1, maxLength: 200 }),
      partitions: fc.array(
        fc.record({ partition: fc.nat(1_000), messages: fc.array(message, { minLength: 1, maxLength: 70 }) }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
});

describe('encodeProduce', () => {
  it('makes the bytes that kafkajs makes', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (one) => {
        expect(encodeProduce(one, nowMs).equals(await byKafkajs(one))).toBe(true);
      }),
      { numRuns: 60, seed: 20261123 },
    );
  });

  it('has the lengths right where they take another byte', async () => {
    for (const length of [0, 1, 62, 63, 64, 65, 8_190, 8_191, 8_192, 1_048_575, 1_048_576]) {
      const one = {
        acks: -1,
        timeout: 1,
        topicData: [
          { topic: 't', partitions: [{ partition: 0, messages: [{ key: null, value: Buffer.alloc(length, 7) }] }] },
        ],
      };
      expect(encodeProduce(one, nowMs).equals(await byKafkajs(one))).toBe(true);
    }
  });
});

describe('mendProduce', () => {
  const one = (message: object) => ({
    acks: -1,
    timeout: 30_000,
    topicData: [{ topic: 't', partitions: [{ partition: 3, messages: [{ key: 'k', value: 'v', ...message }] }] }],
  });
  const mended = () => {
    const produce = { protocol: original.protocol };
    mendProduce(produce);
    mendProduce(produce); // once is enough
    return produce.protocol;
  };

  it.each([
    ['nothing unusual', one({ headers: { a: 'b' } })],
    ['a timestamp', one({ timestamp: nowMs - 5_000 })],
    ['a list of header values', one({ headers: { a: ['b', 'c'] } })],
    ['a transaction', { ...one({}), transactionalId: 'tx' }],
  ])('leaves the bytes of a request with %s as they are', async (_, body) => {
    expect(await byKafkajs(body, mended())).toEqual(await byKafkajs(body));
  });

  it('leaves older versions alone and refuses a kafkajs of another shape', () => {
    expect(mended()({ version: 2 })).toBe(original.protocol({ version: 2 }));
    expect(() => mendProduce({ protocol: () => undefined as never })).toThrow('kafkajs has changed');
  });
});

describe('crc32c', () => {
  // RFC 3720, B.4
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 zeroes', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
  ])('of %s is what the standard says', (_, input, expected) => {
    expect(crc32c(input)).toBe(expected);
    expect(crc32c(Buffer.concat([Buffer.from('xyz'), input, Buffer.from('z')]), 3, 3 + input.length)).toBe(expected);
  });
});
