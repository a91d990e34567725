// Reads one answer from the bytes of a connection, however they are cut up; then the next.
import { ChunkedBody } from './chunked-body';
import { type HeadReader } from './head-reader';
import { type Head } from './read-head';

/** Of one head, its status line included. */
export const mostHeadBytes = 16_384;
/** 1xx, before the answer proper. */
const mostInterim = 16;
const start = Buffer.from('HTTP/1.');
const endOfHead = Buffer.from('\r\n\r\n');
const [CR, LF] = [13, 10];

/** Is told of an answer while it is read. */
export interface AnswerTaker {
  head(head: Head): void;
  /** The bytes are the taker's for the time of the call only. At least one. */
  body(bytes: Buffer, start: number, end: number): void;
}

export type Progress = 'more' | 'whole' | 'broken';

export class AnswerReader {
  /** Of the answer that is whole: its connection may be used again. */
  keeps = false;
  keepsForMs: number | undefined;
  /** Why it is broken. */
  problem = '';
  private progress: Progress = 'more';
  private body: Head['body'] | undefined;
  private chunked: ChunkedBody | undefined;
  private left = 0;
  private interim = 0;
  /** What there is of a head that is not whole yet. */
  private kept: Buffer | undefined;
  private keptBytes = 0;

  constructor(
    private readonly heads: HeadReader,
    private readonly taker: AnswerTaker,
  ) {}

  /** Another answer is expected. */
  begin(): void {
    this.progress = 'more';
    this.problem = '';
    this.body = undefined;
    this.interim = 0;
  }

  /** `bytes`: at least one. Bytes behind a whole answer make its connection unfit. */
  read(bytes: Buffer): Progress {
    let at = 0;
    while (this.body === undefined) {
      at = this.readHead(bytes, at);
      if (this.progress !== 'more' || (this.body === undefined && at === bytes.length)) return this.progress;
    }
    at = this.readBody(bytes, at);
    if (at < bytes.length) this.keeps = false;
    return this.progress;
  }

  /** The server has ended its side. */
  end(): Progress {
    if (this.body === 'until-close' && this.progress === 'more') this.progress = 'whole';
    else if (this.progress === 'more') this.refuse('the connection ended before the answer was whole');
    return this.progress;
  }

  private readHead(bytes: Buffer, from: number): number {
    const end = this.keptBytes === 0 ? bytes.indexOf(endOfHead, from) : -1;
    if (end < 0) return this.keepHead(bytes, from);
    if (end + 4 - from > mostHeadBytes) this.refuse('its head is too long');
    else this.understand(bytes.toString('latin1', from, end + 2));
    return end + 4;
  }

  private understand(text: string): void {
    const head = this.heads.read(text);
    if ('problem' in head) return this.refuse(head.problem);
    if (head.status < 200) {
      if (++this.interim > mostInterim) this.refuse('there is no end of interim answers');
      return;
    }
    this.keeps = head.keeps;
    this.keepsForMs = head.keepsForMs;
    this.body = head.body;
    if (typeof head.body === 'number') this.left = head.body;
    if (head.body === 'chunked') this.chunked = new ChunkedBody((bytes, a, b) => this.taker.body(bytes, a, b));
    this.taker.head(head);
  }

  /** A head in pieces is put together byte by byte, and nonsense is known at once. */
  private keepHead(bytes: Buffer, from: number): number {
    const kept = (this.kept ??= Buffer.allocUnsafe(mostHeadBytes));
    for (let at = from; at < bytes.length; at++) {
      const i = this.keptBytes;
      const byte = bytes[at] as number;
      if (i === mostHeadBytes) return this.refuseAt('its head is too long', at);
      if (i < start.length && byte !== start[i]) return this.refuseAt('it is not HTTP/1', at);
      if ((byte === LF) !== (i > 0 && kept[i - 1] === CR)) return this.refuseAt('a line does not end in CRLF', at);
      kept[i] = byte;
      this.keptBytes = i + 1;
      if (byte !== LF || kept[i - 2] !== LF) continue;
      this.keptBytes = 0;
      this.understand(kept.toString('latin1', 0, i - 1));
      return at + 1;
    }
    return bytes.length;
  }

  private readBody(bytes: Buffer, at: number): number {
    if (this.chunked) return this.readChunked(this.chunked, bytes, at);
    const end = this.body === 'until-close' ? bytes.length : Math.min(bytes.length, at + this.left);
    if (end > at) this.taker.body(bytes, at, end);
    if (this.body === 'until-close') return end;
    this.left -= end - at;
    if (this.left === 0) this.progress = 'whole';
    return end;
  }

  private readChunked(chunked: ChunkedBody, bytes: Buffer, from: number): number {
    const at = chunked.read(bytes, from);
    if (chunked.problem) this.refuse(chunked.problem.problem);
    if (!chunked.problem && !chunked.whole) return at;
    this.chunked = undefined;
    if (chunked.whole) this.progress = 'whole';
    return at;
  }

  private refuse(problem: string): void {
    this.problem = problem;
    this.progress = 'broken';
    this.keeps = false;
  }

  private refuseAt(problem: string, at: number): number {
    this.refuse(problem);
    return at;
  }
}
