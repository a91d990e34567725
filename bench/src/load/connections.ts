// Kept connections, one request under way on each; what finds none free waits in line, and its time runs.
import { connect, type Socket } from 'node:net';
import { readAnswers } from './answers';

interface Line {
  readonly socket: Socket;
  rest: Buffer;
  dueMs: number | undefined;
}

const nothing = Buffer.alloc(0);

export class Connections {
  readonly latenciesMs: number[] = [];
  refused = 0;
  broken = 0;
  private readonly free: Line[] = [];
  private readonly waiting: { readonly request: Buffer; readonly dueMs: number }[] = [];

  constructor(
    private readonly port: number,
    private readonly nowMs: () => number,
  ) {}

  get done(): number {
    return this.latenciesMs.length + this.refused + this.broken;
  }

  async open(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.openOne()));
  }

  /** `dueMs`, on the clock of `nowMs`: latency counts from there, not from when a connection was free. */
  send(request: Buffer, dueMs: number): void {
    const line = this.free.pop();
    if (line) this.write(line, request, dueMs);
    else this.waiting.push({ request, dueMs });
  }

  close(): void {
    for (const { socket } of this.free) socket.destroy();
  }

  private openOne(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        this.free.push(line);
        resolve();
      });
      const line: Line = { socket, rest: nothing, dueMs: undefined };
      socket.setNoDelay(true);
      socket.on('data', (chunk) => this.read(line, chunk));
      socket.on('error', reject);
      socket.on('close', () => this.lost(line));
    });
  }

  private write(line: Line, request: Buffer, dueMs: number): void {
    line.dueMs = dueMs;
    line.socket.write(request);
  }

  private read(line: Line, chunk: Buffer): void {
    const { statuses, rest } = readAnswers(line.rest.length === 0 ? chunk : Buffer.concat([line.rest, chunk]));
    line.rest = rest;
    for (const status of statuses) this.answered(line, status);
  }

  private answered(line: Line, status: number): void {
    if (status === 200) this.latenciesMs.push(this.nowMs() - (line.dueMs ?? NaN));
    else this.refused += 1;
    line.dueMs = undefined;
    const next = this.waiting.shift();
    if (next) this.write(line, next.request, next.dueMs);
    else this.free.push(line);
  }

  private lost(line: Line): void {
    if (line.dueMs !== undefined) this.broken += 1;
    const at = this.free.indexOf(line);
    if (at >= 0) this.free.splice(at, 1);
  }
}
