// One connection to an instance: one call at a time, and none after anything that should not have come.
import { type Socket } from 'node:net';
import { type Carrier, type Exchange } from '../exchange';
import { AnswerReader, type AnswerTaker } from './answer-reader';
import { type Dialler } from './dialler';
import { type HeadReader } from './head-reader';
import { type Head } from './read-head';

/** Is told what becomes of a connection. */
export interface ConnectionOwner {
  opened(connection: Connection): void;
  /** It may carry another call. */
  released(connection: Connection): void;
  /** Once, whatever the reason. `error`: it never was open. */
  closed(connection: Connection, error: Error | undefined): void;
}

const readBytes = 32_768;
/** Head and body up to here are copied into one buffer: one write to the system without a list of parts. */
const mostCopied = 16_384;
/** Common servers keep idle connections for five seconds, and what is known of others is what they say. */
const keptForMs = 4_000;
/** A server's clock starts before ours does. */
const marginMs = 2_000;

export class Connection implements Carrier, AnswerTaker {
  /** Since when it idles and how long it may, by the clock of performance.now(). */
  idleUntilMs = 0;
  private readonly socket: Socket;
  private readonly reader: AnswerReader;
  private exchange: Exchange | undefined;
  private opened = false;
  private paused = false;
  private resting = false;
  private error: Error | undefined;

  constructor(
    dialler: Dialler,
    heads: HeadReader,
    connectTimeoutMs: number,
    private readonly owner: ConnectionOwner,
  ) {
    this.reader = new AnswerReader(heads, this);
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    this.socket = dialler.dial({ buffer, callback: (count) => this.received(buffer.subarray(0, count)) });
    const late = setTimeout(() => this.drop(`no connection within ${connectTimeoutMs} ms`), connectTimeoutMs);
    this.socket
      .once(dialler.connected, () => {
        clearTimeout(late);
        this.opened = true;
        this.idleUntilMs = performance.now() + keptForMs;
        owner.opened(this);
      })
      .on('error', (error) => this.broke(error))
      .on('end', () => this.ended())
      .on('close', () => {
        clearTimeout(late);
        this.broke(new Error('the connection was closed'));
        owner.closed(this, this.opened ? undefined : this.error);
      });
  }

  /** A call may be written. */
  get usable(): boolean {
    return this.opened && !this.exchange && this.socket.writable && this.error === undefined;
  }

  get busy(): boolean {
    return this.exchange !== undefined;
  }

  /** Only where it is usable. All of the call is handed to the system at once; from then on it counts as sent. */
  send(exchange: Exchange, head: string): void {
    const { body } = exchange.call;
    this.exchange = exchange;
    if (this.resting) this.socket.ref();
    this.resting = false;
    this.reader.begin();
    exchange.onRequestStart(this);
    if (!body || body.length === 0) return void this.socket.write(head, 'latin1');
    const size = head.length + body.length;
    if (size > mostCopied) {
      this.socket.cork();
      this.socket.write(head, 'latin1');
      this.socket.write(body);
      return this.socket.uncork();
    }
    const bytes = Buffer.allocUnsafe(size);
    bytes.write(head, 'latin1');
    body.copy(bytes, head.length);
    this.socket.write(bytes);
  }

  /** Idle for a while: keeps no process from ending. */
  rest(): void {
    if (!this.resting) this.socket.unref();
    this.resting = true;
  }

  /** The call that it carries, if any, is broken. */
  drop(reason: string): void {
    this.broke(new Error(reason));
    this.socket.destroy();
  }

  abort(): void {
    this.exchange = undefined;
    this.drop('the call was given up');
  }

  pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    this.paused = false;
    this.socket.resume();
  }

  head({ status, headers }: Head): void {
    this.exchange?.onResponseStart(this, status, headers);
  }

  body(bytes: Buffer, start: number, end: number): void {
    if (!this.exchange) return;
    const chunk = Buffer.allocUnsafe(end - start);
    bytes.copy(chunk, 0, start, end);
    this.exchange.onResponseData(this, chunk);
  }

  /** False would stop the reading; `pause` does. */
  private received(bytes: Buffer): boolean {
    const { exchange } = this;
    if (!exchange) this.drop('bytes came that nobody had asked for');
    else this.read(exchange, bytes);
    return true;
  }

  private read(exchange: Exchange, bytes: Buffer): void {
    try {
      const progress = this.reader.read(bytes);
      if (this.exchange !== exchange || progress === 'more') return;
      if (progress === 'whole') this.whole(exchange);
      else this.drop(`the answer is not HTTP as it should be: ${this.reader.problem}`);
    } catch (error) {
      // whoever takes a stream has failed
      this.drop((error as Error).message);
    }
  }

  private whole(exchange: Exchange): void {
    const { keeps, keepsForMs } = this.reader;
    this.exchange = undefined;
    if (this.paused) this.resume();
    const idleMs = keepsForMs === undefined ? keptForMs : keepsForMs - marginMs;
    // an answer before all of the question was taken leaves the rest of it on the way
    if (!keeps || idleMs <= 0 || this.socket.writableLength > 0) this.socket.destroy();
    else {
      this.idleUntilMs = performance.now() + idleMs;
      this.owner.released(this);
    }
    exchange.onResponseEnd();
  }

  private ended(): void {
    const { exchange } = this;
    if (exchange && this.reader.end() === 'whole') this.whole(exchange);
    this.drop(this.reader.problem || 'the server ended the connection');
  }

  private broke(error: Error): void {
    this.error ??= error;
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.onResponseError(this, this.error);
  }
}
