// Reads a chunked body (RFC 9112, 7.1), strictly, however its bytes are cut up.
import { readFields, type Problem } from './read-head';

const token = "[\\w!#$%&'*+.^`|~-]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** 13 digits are as many as a whole number can hold exactly. */
const sizeLine = new RegExp(`^([0-9a-f]{1,13})(?:;${token}(?:=(?:${token}|${quoted}))?)*\\r\\n$`, 'i');
const longestLine = 4_096;
const mostTrailerBytes = 16_384;
const [CR, LF] = [13, 10];

export type TakeBytes = (bytes: Buffer, start: number, end: number) => void;

export class ChunkedBody {
  problem: Problem | undefined;
  whole = false;
  private part: 'size' | 'data' | 'after-data' | 'trailer' = 'size';
  private left = 0;
  private line = '';
  private trailer = '';

  constructor(private readonly take: TakeBytes) {}

  /** Where it stopped: at the end of `bytes`, behind the body where that is whole, or anywhere where there is a problem. */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.whole && !this.problem) {
      if (this.part === 'data') at = this.readData(bytes, at);
      else if (this.part === 'after-data') at = this.readAfterData(bytes, at);
      else at = this.readLine(bytes, at);
    }
    return at;
  }

  private readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.left);
    this.take(bytes, at, end);
    this.left -= end - at;
    if (this.left === 0) [this.part, this.left] = ['after-data', 2];
    return end;
  }

  private readAfterData(bytes: Buffer, at: number): number {
    if (bytes[at] !== (this.left === 2 ? CR : LF)) return this.refuse('a chunk is longer than its size', at);
    if (--this.left === 0) this.part = 'size';
    return at + 1;
  }

  private readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at) + 1 || bytes.length;
    if (this.line.length + end - at > longestLine) return this.refuse('a line between chunks is too long', at);
    this.line += bytes.toString('latin1', at, end);
    if (bytes[end - 1] !== LF) return end;
    const { line } = this;
    this.line = '';
    if (this.part === 'size') this.readSize(line);
    else this.readTrailer(line);
    return end;
  }

  private readSize(line: string): void {
    const match = sizeLine.exec(line);
    if (!match) return void this.refuse('the size of a chunk is malformed', 0);
    this.left = parseInt(match[1] as string, 16);
    this.part = this.left === 0 ? 'trailer' : 'data';
  }

  /** Trailers are checked and left out: nothing of the head may change after it was handed on. */
  private readTrailer(line: string): void {
    if (line !== '\r\n') {
      this.trailer += line;
      if (this.trailer.length > mostTrailerBytes) this.refuse('the trailers are too long', 0);
      return;
    }
    const fields = readFields(this.trailer, 0);
    if ('problem' in fields) return void (this.problem = fields);
    if (fields.some((name, index) => index % 2 === 0 && /^(?:connection|content-length|transfer-encoding)$/.test(name)))
      this.refuse('a trailer says what only a head may say', 0);
    else this.whole = true;
  }

  private refuse(problem: string, at: number): number {
    this.problem = { problem };
    return at;
  }
}
