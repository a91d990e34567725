// CRC-32C (Castagnoli), which Kafka puts over a batch of records: eight bytes at a step, by eight tables (Kounavis and Berry, 2005).

const polynomial = 0x82f63b78;
/** Eight tables of 256 in one: how a byte counts that is so many bytes before the end of a step. */
const table = makeTable();

function makeTable(): Uint32Array {
  const made = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let index = 256; index < made.length; index += 1) {
    const before = at(made, index - 256);
    made[index] = (before >>> 8) ^ at(made, before & 0xff);
  }
  return made;
}

/** Of the bytes from `from` up to `to`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = -1;
  let i = from;
  for (; i + 8 <= to; i += 8)
    crc =
      at(table, 1792 + ((crc ^ at(bytes, i)) & 0xff)) ^
      at(table, 1536 + (((crc >>> 8) ^ at(bytes, i + 1)) & 0xff)) ^
      at(table, 1280 + (((crc >>> 16) ^ at(bytes, i + 2)) & 0xff)) ^
      at(table, 1024 + (((crc >>> 24) ^ at(bytes, i + 3)) & 0xff)) ^
      at(table, 768 + at(bytes, i + 4)) ^
      at(table, 512 + at(bytes, i + 5)) ^
      at(table, 256 + at(bytes, i + 6)) ^
      at(table, at(bytes, i + 7));
  for (; i < to; i += 1) crc = at(table, (crc ^ at(bytes, i)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Every index is within its array. */
function at(array: Uint8Array | Uint32Array, index: number): number {
  return array[index] as number;
}
