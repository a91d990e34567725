// The port to one instance of a version: a call and its outcome, which is always a value.
import { type Cancellation } from './cancellation';

export interface ModelCall {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash; relative to the instance's base URL. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
  /** Until the whole answer is there, connecting included. */
  readonly timeoutMs: number;
  readonly cancellation?: Cancellation | undefined;
  /** Where the answer goes as it comes; without one it is gathered. */
  readonly sink?: AnswerSink | undefined;
}

/** Takes an answer while it comes. The deadline of a call that it took the head of is `wholeTimeoutMs`, the size has no limit. */
export interface AnswerSink {
  /** Milliseconds from the call until the answer is whole; the call's own `timeoutMs` ends with its head. */
  readonly wholeTimeoutMs: number;
  /** The head has come. False: this one is gathered after all. */
  begin(status: number, headers: ModelHeaders, flow: Flow): boolean;
  /** Never empty, and only after `begin` was true. Nothing comes between `pause` and `resume`, but for what is on its way already. */
  write(chunk: Buffer): void;
}

/** Holds the server back while the answer's reader is slower. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Lower-case names, as they came. */
export type ModelHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: ModelHeaders;
  /** The server's bytes, content-encoding untouched; empty where a sink took them. */
  readonly body: Buffer;
}

export interface Failed {
  readonly kind: 'failed';
  /**
   * unreachable: no connection, so nothing was sent; timeout: the time was over; broken: the connection ended or what came was not
   * HTTP; too-large: more bytes than are kept of any answer; cancelled: the caller left.
   */
  readonly cause: 'unreachable' | 'timeout' | 'broken' | 'too-large' | 'cancelled';
  /** False: not a byte reached the server, and another instance may be asked without doing anything twice. */
  readonly sent: boolean;
  readonly detail: string;
  /** The status of an answer that broke off after a sink had taken its head. */
  readonly begun?: number;
}

export type ModelAnswer = Answered | Failed;

export interface ModelServer {
  readonly url: string;
  /** Calls without an answer yet. */
  readonly pending: number;
  /** Never rejects. */
  call(call: ModelCall): Promise<ModelAnswer>;
  /** Lets calls under way finish, takes no new ones. */
  close(): Promise<void>;
}
