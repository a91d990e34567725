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
}

/** Lower-case names, as they came. */
export type ModelHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: ModelHeaders;
  /** The server's bytes, content-encoding untouched. */
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
