// The hash against published vectors, and against itself on every length.
import fc from 'fast-check';
import { murmur3 } from './murmur3';

describe('murmur3', () => {
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['hello', 0, 0x248bfa47],
    ['hello, world', 0, 0x149bbb7f],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('hashes %j with seed %i as the reference does', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it('is an unsigned 32-bit integer for any text, however long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.nat(), (text, seed) => {
        const hash = murmur3(text, seed);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
        expect(murmur3(text, seed)).toBe(hash);
      }),
      { seed: 20261123 },
    );
  });
});
