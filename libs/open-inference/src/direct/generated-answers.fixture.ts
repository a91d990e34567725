// Answers of model servers, good and mutilated, from a seed: the same seed gives the same answers.
import { Draws, type Random } from '@weir/testing';
import { Buffer } from 'node:buffer'; // Jest's own global is slow to reach, ten million times

const statuses = [
  '200',
  '200',
  '200',
  '200',
  '200',
  '201',
  '202',
  '204',
  '304',
  '307',
  '400',
  '404',
  '429',
  '500',
  '503',
  '999',
];
const rareStatuses = ['100', '101', '102', '103', '199', '600', '099', '20', '2000', '000'];
const reasons = [' OK', ' OK', ' OK', ' ', '', ' Not Found', ' \xe9t\xe9', ' a\tb'];
const fields = [
  'Content-Type: application/json',
  'content-type: application/json',
  'Server: nginx/1.22.1',
  'Date: Mon, 23 Nov 2026 15:41:12 GMT',
  'X-A: 1',
  'x-a: 2',
  'X-Empty:',
  'X-Blank:  \t ',
  'x-blanks: \t a  b \t',
  'x-obs: \xe9\xff\xa0',
  '__proto__: 1',
  'constructor: 1',
  'set-cookie: a=1',
  'set-cookie: b=2',
  "!#$%&'*+-.^_`|~09aZ: odd",
  'Keep-Alive: timeout=5, max=100',
  'Keep-Alive: timeout=1',
  'Connection: keep-alive',
  'Connection: close',
  'connection: Keep-Alive, x-a',
  'Upgrade: h2c',
  'Content-Encoding: gzip',
  `x-long: ${'v'.repeat(200)}`,
];
const wrongFields = [
  'Content-Length: 5',
  'content-length: 0',
  'Content-Length : 5',
  ' Content-Length: 5',
  'Content-Length: +5',
  'Content-Length: -1',
  'Content-Length: 5, 5',
  'Content-Length: 0x5',
  'Content-Length: 5 ',
  'Content-Length:\t5',
  'Content-Length: 5 5',
  'Content-Length:',
  'Content-Length: 99999999999999999999',
  'Content-Length: 00005',
  'Content\xadLength: 5',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: ',
  'Connection: upgrade',
  'Connection: close, keep-alive',
  'Connection: closed',
  'Connection: "close"',
  'Proxy-Connection: keep-alive',
  'X-Folded: a\r\n b',
  'X-Folded: a\r\n\tb',
  'no colon',
  ': no name',
  'x y: blank in the name',
  'x\x00: nul',
  'x: nul\x00',
  'x: bare\rreturn',
  'x: bare\nfeed',
  'x: \x7f',
  'x: \x01',
];
const bodies = ['{}', '', '{"a":1}', '\r\n', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', '\x00\xff\n\r', 'x'.repeat(70)];
const extensions = [
  ';a',
  ';a=b',
  ';a="b;\\"c"',
  ';a=1;b=2',
  ' ;a',
  '; a',
  ';',
  ';a=',
  ';a="',
  ' ',
  '\t',
  ';\x00',
  ';a=\r',
];
const sizes = ['0x', '-', '+', 'g', '00000000000000000000', 'ffffffffffffffffff', ' ', ''];
const trailers = [
  'x-t: 1',
  'x-t:2',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  ' folded',
  'none',
  'x: \x00',
  'Expires: 0',
];
const interims = [
  'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\ncontent-length: 5\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\ntransfer-encoding: chunked\r\n\r\n',
];

export class AnswerGenerator {
  private readonly draws: Draws;

  constructor(random: Random) {
    this.draws = new Draws(random);
  }

  /** As Latin-1. */
  answer(): string {
    let text = this.wellFormed();
    for (let wrongs = this.draws.chance(0.55) ? 1 + this.draws.below(3) : 0; wrongs > 0; wrongs--)
      text = this.mutilated(text);
    return text;
  }

  /** Cut up at a few places, at every byte, or not at all. */
  pieces(text: string): Buffer[] {
    const bytes = Buffer.from(text, 'latin1');
    const way = this.draws.random();
    if (way < 0.3 || bytes.length < 2) return bytes.length === 0 ? [] : [bytes];
    const pieces: Buffer[] = [];
    let from = 0;
    const cut = (at: number): void => {
      if (at <= from || at > bytes.length) return;
      pieces.push(bytes.subarray(from, at));
      from = at;
    };
    if (way < 0.32) for (let at = 1; at < bytes.length && at < 300; at++) cut(at);
    else this.cuts(text).forEach(cut);
    cut(bytes.length);
    return pieces;
  }

  private cuts(text: string): number[] {
    const cuts: number[] = [];
    for (let more = this.draws.below(3); more >= 0; more--) cuts.push(this.draws.below(text.length));
    const line = text.indexOf('\r\n', this.draws.below(text.length));
    if (line >= 0) cuts.push(line + this.draws.below(5));
    return cuts.sort((a, b) => a - b);
  }

  wellFormed(): string {
    let text = this.draws.chance(0.06) ? this.draws.one(interims) : '';
    const status = this.draws.chance(0.02) ? this.draws.one(rareStatuses) : this.draws.one(statuses);
    text += `HTTP/1.${this.draws.chance(0.93) ? 1 : 0} ${status}${this.draws.one(reasons)}\r\n`;
    const before = this.draws.below(4);
    for (let i = 0; i < before; i++) text += `${this.draws.one(fields)}\r\n`;
    const body = this.draws.one(bodies);
    const way = this.draws.random();
    if (way < 0.5)
      text += `${this.draws.one(['Content-Length', 'content-length', 'CONTENT-LENGTH'])}: ${body.length}\r\n`;
    else if (way < 0.85) text += `${this.draws.one(['Transfer-Encoding', 'transfer-encoding'])}: chunked\r\n`;
    else if (way < 0.95) text += 'Connection: close\r\n';
    if (this.draws.chance(0.3)) text += `${this.draws.one(fields)}\r\n`;
    text += '\r\n';
    text += way >= 0.5 && way < 0.85 ? this.chunked(body) : status === '204' || status === '304' ? '' : body;
    return this.draws.chance(0.06)
      ? text + this.draws.one(['\r\n', '\n', 'x', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'])
      : text;
  }

  private chunked(body: string): string {
    let [text, from] = ['', 0];
    while (from < body.length) {
      const to = from + 1 + this.draws.below(body.length - from);
      const size = (to - from).toString(16);
      const written = this.draws.chance(0.1)
        ? `00${size.toUpperCase()}`
        : this.draws.chance(0.01)
          ? this.draws.one(sizes) + size
          : size;
      text += `${written}${this.extension()}\r\n${body.slice(from, to)}\r\n`;
      from = to;
    }
    text += `0${this.extension()}\r\n`;
    if (this.draws.chance(0.12)) text += `${this.draws.one(trailers)}\r\n`;
    return `${text}\r\n`;
  }

  private extension(): string {
    return this.draws.chance(0.06) ? this.draws.one(extensions) : '';
  }

  private mutilated(text: string): string {
    const at = this.draws.below(text.length + 1);
    const way = this.draws.below(11);
    if (way < 3) return this.draws.withField(text, fields, wrongFields);
    if (way < 5) return text.slice(0, at) + this.draws.nasty() + text.slice(at + 1);
    if (way === 5) return text.slice(0, at) + text.slice(at + 1);
    if (way === 6) return text.slice(0, at) + this.draws.nasty() + text.slice(at);
    if (way === 7) return text.slice(0, at);
    if (way === 8) return text.slice(0, at) + text.slice(at < 20 ? 0 : at - this.draws.below(20));
    return this.draws.withLineEnd(text, at);
  }
}
