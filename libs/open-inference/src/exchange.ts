// One call on its way through undici: gathers the answer, holds the deadline and the size, resolves once.
import { type Dispatcher } from 'undici';
import { type Answered, type Failed, type ModelAnswer, type ModelCall } from './model-server';

export class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private readonly timer: NodeJS.Timeout;
  private settled = false;
  private status = 0;
  private headers: Answered['headers'] = {};
  private first: Buffer | undefined;
  private rest: Buffer[] | undefined;
  private size = 0;

  constructor(
    private readonly call: ModelCall,
    private readonly maxResponseBytes: number,
    private readonly resolve: (answer: ModelAnswer) => void,
  ) {
    // undici's own timeouts are as coarse as half a second
    this.timer = setTimeout(() => this.fail('timeout', `no whole answer within ${call.timeoutMs} ms`), call.timeoutMs);
    call.cancellation?.listen(() => this.fail('cancelled', 'the caller left'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // a call that waited for a connection may be over before it begins, and undici cannot be told earlier
    if (this.settled) controller.abort(new Error('over before it was sent'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Answered['headers']): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    if (Number(headers['content-length']) > this.maxResponseBytes) this.refuseSize();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
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

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const sent = this.controller !== undefined;
    this.settle({ kind: 'failed', cause: sent ? 'broken' : 'unreachable', sent, detail: error.message });
  }

  private refuseSize(): void {
    this.fail('too-large', `the answer has more than ${this.maxResponseBytes} bytes`);
  }

  private fail(cause: Failed['cause'], detail: string): void {
    this.settle({ kind: 'failed', cause, sent: this.controller !== undefined, detail });
    this.controller?.abort(new Error(detail));
  }

  private settle(answer: ModelAnswer): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.call.cancellation?.listen(undefined);
    this.resolve(answer);
  }
}
