// One connection in the lane: a question, its answer, the next question. In doubt Node's server gets it, with every byte that is not answered.
import { type Socket } from 'node:net';
import { type Caller } from '../caller';
import { headText } from './answer-text';
import { readPlainRequest, type PlainRequest } from './read-plain-request';

/** What the connections of a lane share. */
export interface Lane {
  /** Nothing is taken any more; each connection ends with its answer. */
  readonly closing: boolean;
  /** Others listen to each request: Node's server must read them. */
  readonly standsAside: boolean;
  /** Of the last look, milliseconds. */
  readonly nowMs: number;
  take(request: PlainRequest, caller: Caller): void;
  /** `bytes`: what came and was not answered. */
  giveToNode(connection: LaneConnection, bytes: Buffer | undefined): void;
  left(connection: LaneConnection): void;
}

/** A question whose body comes in a second piece is waited for up to here. */
const mostWaitingBytes = 16_384;
/** As Node has it. */
const endedTooSoon = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

export class LaneConnection implements Caller {
  url = '/';
  /** Since when it waits for a question, or for the rest of one. */
  sinceMs: number;
  /** Has it ever had an answer? */
  used = false;
  private busy = false;
  /** Of the answer that is due. */
  private head: string | undefined;
  private bodiless = false;
  /** Bytes of a question that is not whole, or behind the one that is being answered. */
  private kept: Buffer | undefined;
  private over: (() => void)[] = [];

  constructor(
    readonly socket: Socket,
    private readonly lane: Lane,
  ) {
    this.sinceMs = lane.nowMs;
    socket.on('data', this.onData).on('end', this.onEnd).on('error', this.onError).on('close', this.onClose);
  }

  /** Neither answered nor waiting for the rest of a question. */
  get idle(): boolean {
    return !this.busy && this.kept === undefined;
  }

  get answering(): boolean {
    return this.busy;
  }

  get unreadBytes(): number {
    return this.socket.writableLength;
  }

  get begun(): boolean {
    return this.head !== undefined;
  }

  begin(status: number, headers: readonly string[]): void {
    this.head = headText({ status, headers, last: this.lane.closing });
    this.bodiless = status === 204 || status === 304;
  }

  end(body: Buffer | string): void {
    const { socket, head = '' } = this;
    if (!socket.writable) return;
    if (this.bodiless) socket.write(head, 'latin1', this.onWritten);
    else if (typeof body === 'string') socket.write(head + body, 'latin1', this.onWritten);
    else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body, this.onWritten);
      socket.uncork();
    }
  }

  onceOver(listener: () => void): void {
    this.over.push(listener);
  }

  leave(): void {
    this.socket.destroy();
  }

  /** Node's server goes on from here, or would have begun here. */
  giveToNode(): void {
    const { kept } = this;
    this.kept = undefined;
    this.handOver(kept);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.busy) {
      // the next question before this one's answer: Node's server knows how to wait with it
      this.kept = this.kept ? Buffer.concat([this.kept, chunk]) : chunk;
      this.socket.pause();
      return;
    }
    const bytes = this.kept ? Buffer.concat([this.kept, chunk]) : chunk;
    const again = this.kept !== undefined;
    this.kept = undefined;
    if (this.lane.standsAside) return this.handOver(bytes);
    const request = readPlainRequest(bytes);
    if (request === 'foreign') return this.handOver(bytes);
    if (request === 'partial') {
      if (again || bytes.length > mostWaitingBytes) return this.handOver(bytes);
      this.kept = bytes;
      this.sinceMs = this.lane.nowMs;
      return;
    }
    this.busy = true;
    this.used = true;
    this.url = request.url;
    this.lane.take(request, this);
  };

  private readonly onWritten = (error?: Error | null): void => {
    if (error) return; // the end of the connection follows
    this.busy = false;
    this.head = undefined;
    this.sinceMs = this.lane.nowMs;
    this.tellOver();
    if (this.lane.closing) this.socket.end();
    else if (this.kept) this.giveToNode();
  };

  private readonly onEnd = (): void => {
    if (!this.busy && this.kept) this.socket.end(endedTooSoon);
    else this.socket.end();
  };

  private readonly onError = (): void => undefined;

  private readonly onClose = (): void => {
    this.lane.left(this);
    this.tellOver();
  };

  private tellOver(): void {
    const { over } = this;
    if (over.length === 0) return;
    this.over = [];
    for (const listener of over) listener();
  }

  private handOver(bytes: Buffer | undefined): void {
    const { socket } = this;
    socket.off('data', this.onData).off('end', this.onEnd).off('error', this.onError).off('close', this.onClose);
    this.lane.giveToNode(this, bytes);
  }
}
