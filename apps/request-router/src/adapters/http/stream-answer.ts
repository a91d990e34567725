// Passes an answer on as it comes, no faster than its caller reads, and keeps what the record may hold of it.
import { createHash, type Hash } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { type AnswerSink, type Flow, type ModelHeaders } from '@weir/open-inference';
import { type AnswerStream, type Passed } from '../../domain/prediction';
import { type Clock } from '../../ports';
import { answerHead } from './send-answer';

export interface StreamLimits {
  readonly predictionId: string;
  /** Of the answer's bytes as many are kept; of more than that the length and the hash. */
  readonly keepBytes: number;
  /** A caller that reads nothing for so long is left. */
  readonly stallMs: number;
  readonly arrivedMs: number;
  readonly clock: Clock;
}

type Attempt = Parameters<AnswerStream['sink']>[0];

export class StreamAnswer implements AnswerStream {
  private headers: ModelHeaders | undefined;
  private kept: Buffer[] = [];
  private size = 0;
  private hash: Hash | undefined;
  private firstByteMs: number | undefined;
  private flow: Flow | undefined;
  private stall: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: StreamLimits,
  ) {}

  sink(attempt: Attempt): AnswerSink {
    return {
      wholeTimeoutMs: attempt.wholeTimeoutMs,
      begin: (status, headers, flow) => this.begin(attempt, status, headers, flow),
      write: (chunk) => this.write(chunk),
    };
  }

  get passed(): Passed | undefined {
    if (!this.headers) return undefined;
    const { headers, size, hash, kept, firstByteMs } = this;
    // copied, so that the record can be described more than once
    const sha256 = hash?.copy().digest('hex');
    return { headers, size, sha256, bytes: hash ? undefined : Buffer.concat(kept), firstByteMs };
  }

  /** A failure is gathered while another version may still answer in its place. */
  private begin(attempt: Attempt, status: number, headers: ModelHeaders, flow: Flow): boolean {
    if (!attempt.last && (status >= 500 || status === 429)) return false;
    const { answeredBy, decision } = attempt;
    const told = { answeredBy, assigned: decision.arm, policyRevision: decision.policyRevision, headers };
    const head = answerHead(told, this.options.predictionId);
    const length = headers['content-length'];
    if (typeof length === 'string') head.push('content-length', length);
    this.headers = headers;
    this.flow = flow;
    this.response.writeHead(status, head);
    this.response.flushHeaders();
    this.response.on('drain', () => {
      clearTimeout(this.stall);
      this.stall = undefined;
      this.flow?.resume();
    });
    this.response.once('close', () => clearTimeout(this.stall));
    return true;
  }

  private write(chunk: Buffer): void {
    this.firstByteMs ??= this.options.clock.steadyMs() - this.options.arrivedMs;
    this.keep(chunk);
    if (this.response.write(chunk)) return;
    this.flow?.pause();
    this.stall ??= setTimeout(() => this.response.destroy(), this.options.stallMs).unref();
  }

  private keep(chunk: Buffer): void {
    this.size += chunk.length;
    if (!this.hash && this.size <= this.options.keepBytes) return void this.kept.push(chunk);
    if (!this.hash) {
      this.hash = createHash('sha256');
      for (const before of this.kept) this.hash.update(before);
      this.kept = [];
    }
    this.hash.update(chunk);
  }
}
