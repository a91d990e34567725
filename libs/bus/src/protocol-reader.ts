// Kafka's wire types, read from a buffer.

/** What this does not read: the caller has somebody else who does. */
export class Unusual extends Error {}

/** Reads beyond the end throw RangeError. */
export class ProtocolReader {
  at = 0;

  constructor(readonly buffer: Buffer) {}

  left(): number {
    return this.buffer.length - this.at;
  }

  int8(): number {
    this.at += 1;
    return this.buffer.readInt8(this.at - 1);
  }

  int16(): number {
    this.at += 2;
    return this.buffer.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.buffer.readInt32BE(this.at - 4);
  }

  /** Of the numbers that a double holds: offsets and instants are. */
  int64(): number {
    this.at += 8;
    const value = this.buffer.readInt32BE(this.at - 8) * 2 ** 32 + this.buffer.readUInt32BE(this.at - 4);
    if (!Number.isSafeInteger(value)) throw new Unusual();
    return value;
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.buffer.readUInt8(this.at);
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
      if (scale > 2 ** 42) throw new Unusual();
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const bytes = this.int16();
    if (bytes < 0) throw new Unusual();
    this.at += bytes;
    return this.buffer.toString('utf8', this.at - bytes, this.at);
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length === -1) return null;
    if (length < 0 || length > this.left()) throw new Unusual();
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  list<T>(read: () => T): T[] {
    const found: T[] = [];
    for (let left = this.int32(); left > 0; left -= 1) found.push(read());
    return found;
  }
}
