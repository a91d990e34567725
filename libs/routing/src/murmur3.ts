// MurmurHash3 x86 32-bit (Austin Appleby, public domain) over the UTF-8 bytes of a text: the same number in every language.

const { imul } = Math;
const encoder = new TextEncoder();
let scratch = new Uint8Array(1024);

/** An unsigned 32-bit integer; `seed` likewise. */
export function murmur3(text: string, seed: number): number {
  const length = encode(text);
  const blocksEnd = length - (length % 4);
  let h = seed | 0;
  for (let i = 0; i < blocksEnd; i += 4) {
    h ^= scramble(byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24));
    h = (h << 13) | (h >>> 19);
    h = (imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = length - 1; i >= blocksEnd; i--) tail = (tail << 8) | byte(i);
  if (length > blocksEnd) h ^= scramble(tail);
  return avalanche(h ^ length);
}

function encode(text: string): number {
  // a UTF-16 unit is at most three bytes of UTF-8
  if (text.length * 3 > scratch.length) scratch = new Uint8Array(text.length * 3);
  return encoder.encodeInto(text, scratch).written;
}

function byte(index: number): number {
  return scratch[index] as number;
}

function scramble(block: number): number {
  const k = imul(block, 0xcc9e2d51);
  return imul((k << 15) | (k >>> 17), 0x1b873593);
}

function avalanche(hash: number): number {
  let h = hash;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
