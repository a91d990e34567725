// Holds the lane's reader against Node's own server, which reads whatever the lane does not take.
import { type Random } from '@weir/testing';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { QuestionGenerator } from './generated-questions.fixture';
import { readPlainRequest, type ReadRequest } from './read-plain-request';

export interface Tally {
  questions: number;
  /** Taken, and read as Node reads them. */
  plain: number;
  partial: number;
  foreign: number;
  /** What must not be, with the question. */
  faults: string[];
}

/** What Node's server makes of some bytes. */
interface NodeReading {
  readonly requests: { message: IncomingMessage; body: Buffer[]; whole: boolean; stays: boolean }[];
  failed: boolean;
}

export class CompareWithNode {
  readonly tally: Tally = { questions: 0, plain: 0, partial: 0, foreign: 0, faults: [] };
  private readonly readings = new WeakMap<object, NodeReading>();
  private readonly server = createServer({ keepAliveTimeout: 0 }, (message, response) => {
    const reading = this.readings.get(message.socket);
    const one = { message, body: [] as Buffer[], whole: false, stays: response.shouldKeepAlive };
    reading?.requests.push(one);
    message.on('data', (chunk: Buffer) => one.body.push(chunk)).on('end', () => (one.whole = true));
    message.on('error', () => undefined);
  })
    .on('checkContinue', (_, response) => response.destroy())
    .on('clientError', (_, socket) => {
      const reading = this.readings.get(socket);
      if (reading) reading.failed = true;
      socket.destroy();
    });

  async compare(random: Random, count: number): Promise<void> {
    const generator = new QuestionGenerator(random);
    const sockets: Duplex[] = [];
    const all = Array.from({ length: count }, () => {
      const text = generator.question();
      const bytes = Buffer.from(text, 'latin1');
      const [ours, theirs] = [readPlainRequest(bytes), { requests: [], failed: false } as NodeReading];
      this.tally.questions++;
      // what is foreign is read by Node alone: there is nothing to compare
      if (ours === 'foreign') return void this.tally.foreign++;
      const socket = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
      sockets.push(socket.on('error', () => undefined));
      this.readings.set(socket, theirs);
      this.server.emit('connection', socket);
      socket.push(bytes);
      return { text, ours, theirs };
    });
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    for (const one of all) if (one) this.judge(one.text, one.ours, one.theirs);
    for (const socket of sockets) socket.destroy();
  }

  private judge(text: string, ours: Exclude<ReadRequest, 'foreign'>, { requests, failed }: NodeReading): void {
    const [one] = requests;
    const fault = (what: string): void => {
      if (this.tally.faults.length < 20) this.tally.faults.push(`${what}: ${JSON.stringify(text)}`);
    };
    if (failed || !one || requests.length > 1) return fault(`Node makes ${requests.length} questions of it`);
    if (ours === 'partial') {
      this.tally.partial++;
      return one.whole ? fault('Node has all of it') : undefined;
    }
    this.tally.plain++;
    if (!one.whole || !one.stays) return fault(one.whole ? 'Node ends the connection' : 'Node waits for more');
    const { url, rawHeaders, headers } = one.message;
    const lower = rawHeaders.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
    if (url !== ours.url || lower.join('\n') !== ours.rawHeaders.join('\n')) return fault('its head is read otherwise');
    if (!Buffer.concat(one.body).equals(ours.body)) return fault('its body is read otherwise');
    if (headers['content-type'] !== ours.contentType || headers['traceparent'] !== ours.traceparent)
      return fault('a field is read otherwise');
    if (headers.authorization !== ours.authorization) return fault('the key is read otherwise');
  }
}
