// One call on its way through a client: gathers the answer, holds the deadline and the size, resolves once.
import { type Dispatcher } from 'undici';
import { type AnswerSink, type Answered, type Failed, type ModelAnswer, type ModelCall } from './model-server';

/** What a call may do with the connection that carries it. */
export type Carrier = Pick<Dispatcher.DispatchController, 'abort' | 'pause' | 'resume'>;

export class Exchange implements Dispatcher.DispatchHandler {
  private controller: Carrier | undefined;
  private timer: NodeJS.Timeout;
  private settled = false;
  private status = 0;
  private headers: Answered['headers'] = {};
  private first: Buffer | undefined;
  private rest: Buffer[] | undefined;
  private size = 0;
  private sink: AnswerSink | undefined;
  private readonly startMs: number;

  constructor(
    readonly call: ModelCall,
    private readonly maxResponseBytes: number,
    private readonly resolve: (answer: ModelAnswer) => void,
  ) {
    this.startMs = call.sink ? performance.now() : 0;
    // undici's own timeouts are as coarse as half a second
    this.timer = this.deadline(call.timeoutMs, call.timeoutMs);
    call.cancellation?.listen(() => this.fail('cancelled', 'the caller left'));
  }

  /** From here on the call counts as sent. */
  onRequestStart(controller: Carrier): void {
    this.controller = controller;
    // a call that waited for a connection may be over before it begins, and undici cannot be told earlier
    if (this.settled) controller.abort(new Error('over before it was sent'));
  }

  onResponseStart(_: unknown, status: number, headers: Answered['headers']): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    if (this.call.sink && !this.settled) this.stream(this.call.sink);
    if (!this.sink && Number(headers['content-length']) > this.maxResponseBytes) this.refuseSize();
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.settled) return;
    if (this.sink) return this.sink.write(chunk);
    this.size += chunk.length;
    if (this.size > this.maxResponseBytes) return this.refuseSize();
    if (!this.first) this.first = chunk;
    else if (this.rest) this.rest.push(chunk);
    else this.rest = [this.first, chunk];
  }

  onResponseEnd(): void {
    const body = this.rest ? Buffer.concat(this.rest, this.size) : (this.first ?? Buffer.alloc(0));
    this.settle({ kind: 'answered', status: this.status, headers: this.headers, body });
  }

  onResponseError(_: unknown, error: Error): void {
    const sent = this.controller !== undefined;
    this.settle({ kind: 'failed', cause: sent ? 'broken' : 'unreachable', sent, detail: error.message, ...this.begun });
  }

  private stream(sink: AnswerSink): void {
    const flow = { pause: () => this.controller?.pause(), resume: () => this.controller?.resume() };
    if (!sink.begin(this.status, this.headers, flow)) return;
    this.sink = sink;
    clearTimeout(this.timer);
    const leftMs = Math.max(0, sink.wholeTimeoutMs - (performance.now() - this.startMs));
    this.timer = this.deadline(leftMs, sink.wholeTimeoutMs);
  }

  /** After a time in which this process was held up, what has come meanwhile is read before the deadline is judged. */
  private deadline(leftMs: number, timeoutMs: number): NodeJS.Timeout {
    const judge = () => !this.settled && this.fail('timeout', `no whole answer within ${timeoutMs} ms`);
    return setTimeout(() => setImmediate(judge), leftMs);
  }

  private refuseSize(): void {
    this.fail('too-large', `the answer has more than ${this.maxResponseBytes} bytes`);
  }

  private fail(cause: Failed['cause'], detail: string): void {
    this.settle({ kind: 'failed', cause, sent: this.controller !== undefined, detail, ...this.begun });
    this.controller?.abort(new Error(detail));
  }

  private get begun(): { readonly begun?: number } {
    return this.sink ? { begun: this.status } : {};
  }

  private settle(answer: ModelAnswer): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.call.cancellation?.listen(undefined);
    this.resolve(answer);
  }
}
