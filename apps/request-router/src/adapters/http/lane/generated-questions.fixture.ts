// Questions over HTTP/1, plain ones, odd ones and mutilated ones, from a seed: the same seed gives the same questions.
import { Draws, type Random } from '@weir/testing';

const paths = [
  '/v2/models/spam/infer',
  '/v2/models/spam/infer',
  '/v2/models/a.b-c~d:1/versions/v1/infer',
  '/v2/models/spam/versions/v%31/infer',
  '/v2/models/spam/infer?x=1',
  '/v2/models/spam/infer#x',
  '/v2/models//infer',
  '/v2/models/../infer',
  '/v2/models/spam/versions/infer',
  'http://x/v2/models/spam/infer',
  '/v2/models/sp\xe4m/infer',
  '/v2/models/spam',
];
const fields = [
  'content-type: application/json',
  'Content-Type: application/octet-stream',
  'x-weir-unit: user-7',
  'X-Weir-Unit:user-8',
  'x-weir-attr-region: \xc3\xb6st',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'authorization: Bearer x',
  'accept: */*',
  'accept-encoding: gzip, deflate',
  'x-empty:',
  'x-blank:  \t ',
  'x-blanks: \t a  b \t',
  'x-obs: \xe9\xff\xa0',
  '__proto__: 1',
  "!#$%&'*+-.^_`|~09aZ: odd",
  'connection: keep-alive',
  'Connection: Keep-Alive',
  'keep-alive: timeout=5',
];
const oddFields = [
  'Connection: close',
  'connection: keep-alive, x-a',
  'connection: upgrade',
  'Connection:\tkeep-alive',
  'Proxy-Connection: close',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'expect: nothing',
  'TE: trailers',
  'Trailer: x-t',
  'Transfer-Encoding: chunked',
  'transfer-encoding: identity',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding:\r\n chunked',
  'Content-Length: 2',
  'content-length: 0',
  'Content-Length : 2',
  ' Content-Length: 2',
  'Content-Length: +2',
  'Content-Length: -1',
  'Content-Length: 2, 2',
  'Content-Length: 0x2',
  'Content-Length:\t2',
  'Content-Length:',
  'Content-Length: 99999999999999999999',
  'host: y',
  'content-type: text/plain',
  'traceparent: twice',
  'x-folded: a\r\n b',
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
const bodies = [
  '{}',
  '{"inputs":[]}',
  '',
  '\r\n',
  '\x00\xff\n\r',
  'POST /v2/models/spam/infer HTTP/1.1\r\n\r\n',
  'x'.repeat(70),
];
const tails = ['', '', '', '', '', '', '\r\n', 'x', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'];

export class QuestionGenerator {
  private readonly draws: Draws;

  constructor(random: Random) {
    this.draws = new Draws(random);
  }

  /** As Latin-1. */
  question(): string {
    let text = this.wellFormed();
    for (let wrongs = this.draws.chance(0.5) ? 1 + this.draws.below(3) : 0; wrongs > 0; wrongs--)
      text = this.mutilated(text);
    return text;
  }

  /** Cut up at a few places, or not at all. */
  pieces(text: string): Buffer[] {
    const bytes = Buffer.from(text, 'latin1');
    const cuts = Array.from({ length: this.draws.below(4) }, () => this.draws.below(bytes.length + 1)).sort(
      (a, b) => a - b,
    );
    const ends = [...cuts, bytes.length];
    return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end)).filter(({ length }) => length > 0);
  }

  wellFormed(): string {
    const method = this.draws.chance(0.97) ? 'POST' : this.draws.one(['GET', 'PUT', 'post', 'POST ', 'CONNECT']);
    const path = this.draws.chance(0.7) ? '/v2/models/spam/infer' : this.draws.one(paths);
    const version = this.draws.chance(0.97)
      ? 'HTTP/1.1'
      : this.draws.one(['HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', 'HTTP/01.1']);
    const lines = [`${method} ${path} ${version}`];
    if (this.draws.chance(0.97)) lines.push(this.draws.one(['host: x', 'Host: x:80', 'host:', 'HOST: [::1]']));
    for (let some = this.draws.below(5); some > 0; some--) lines.push(this.draws.one(fields));
    const body = this.draws.one(bodies);
    if (this.draws.chance(0.95))
      lines.push(`${this.draws.one(['content-length', 'Content-Length'])}: ${this.lengthOf(body)}`);
    if (this.draws.chance(0.3)) lines.push(this.draws.one(fields));
    if (this.draws.chance(0.25)) lines.push(this.draws.one(oddFields));
    return `${lines.join('\r\n')}\r\n\r\n${body}${this.draws.one(tails)}`;
  }

  private lengthOf({ length }: string): string {
    if (this.draws.chance(0.85)) return String(length);
    return this.draws.one([`00${length}`, String(length + 1), String(Math.max(0, length - 1)), `${length} `, '']);
  }

  private mutilated(text: string): string {
    const at = this.draws.below(text.length + 1);
    const way = this.draws.below(9);
    if (way < 3) return this.draws.withField(text, fields, oddFields);
    if (way === 3) return text.slice(0, at) + this.draws.nasty() + text.slice(at + 1);
    if (way === 4) return text.slice(0, at) + text.slice(at + 1);
    if (way === 5) return text.slice(0, at) + this.draws.nasty() + text.slice(at);
    if (way === 6) return text.slice(0, at);
    return this.draws.withLineEnd(text, at);
  }
}
