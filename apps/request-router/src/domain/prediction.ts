// A prediction asked for, and the answer its caller gets.
import { type ArmStatus, type Problem } from '@weir/contracts';
import { type AnswerSink, type Cancellation, type ModelAnswer, type ModelHeaders } from '@weir/open-inference';
import { type Decision } from '@weir/routing';

export interface Prediction {
  readonly predictionId: string;
  /** Of its record: a caller's predictionId may come again, and is another record then. */
  readonly recordId: string;
  readonly model: string;
  /** A version named by the path. */
  readonly pinned: string | undefined;
  readonly unit: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly excluded: boolean;
  /** What the caller is willing to wait; the model's own timeout may be less. */
  readonly timeoutMs: number | undefined;
  /** For the server: names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** `protocol: raw` only: the path below the model. */
  readonly rawPath: string | undefined;
  readonly traceparent: string | undefined;
  readonly cancellation: Cancellation | undefined;
  /** When its last byte had come, on the steady clock. */
  readonly arrivedMs: number;
  /** The record must be on disk before the answer is given, whatever the router's own setting. */
  readonly durable: boolean;
  /** `protocol: raw` only: the caller gets the answer as it comes. */
  readonly stream?: AnswerStream | undefined;
  /** The record is where the caller reads the answer (Kafka): it is kept even where the policy would not. */
  readonly keepAnswer: boolean;
}

/** One version asked, and what came of it. */
export interface Attempt {
  readonly version: string;
  readonly status: ArmStatus;
  readonly answer: ModelAnswer;
  /** The answer's body was read as JSON and is one object. */
  readonly isJson: boolean;
  readonly latencyMs: number;
}

/** The caller's side of an answer that is passed on as it comes. */
export interface AnswerStream {
  /** For one attempt. `last`: nobody is asked after it, so that failures are answers too. */
  sink(attempt: { answeredBy: string; decision: Decision; wholeTimeoutMs: number; last: boolean }): AnswerSink;
  /** What has passed: its length, what was kept of it, and how long the caller waited for the first byte of it. */
  readonly passed: Passed | undefined;
}

/** A body that was not gathered. */
export interface Passed {
  readonly headers: ModelHeaders;
  /** All of it, where it was not longer than is kept. */
  readonly bytes: Buffer | undefined;
  readonly size: number;
  readonly sha256: string | undefined;
  /** From the question's last byte to the answer's first; undefined where none came. */
  readonly firstByteMs: number | undefined;
}

export type Routed = Answer | Refusal;

/** The server's own answer, bytes unchanged. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: ModelHeaders;
  readonly body: Buffer;
  /** The body was read as JSON and is one object. */
  readonly isJson: boolean;
  readonly answeredBy: string;
  readonly assigned: string;
  readonly policyRevision: number;
  /** The caller has all of it already, or what there was before it broke off. */
  readonly streamed?: 'whole' | 'broken';
}

/** Weir's own words. `decided` is absent where no version was assigned. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly message: string;
  /** What is wrong with the caller's body, by its paths. */
  readonly details?: readonly Problem[];
  readonly decided?: { readonly assigned: string; readonly policyRevision: number };
}

export function refuse(status: number, message: string): Refusal {
  return { kind: 'refusal', status, message };
}

/** No room for it where it would go; the wire says Retry-After. */
export const overloaded: Refusal = refuse(503, 'overloaded');

/** Nginx's number for a caller that left: it stands in the record, nobody reads it from the wire. */
export const callerLeft = 499;

const nothing = Buffer.alloc(0);

export function answerOf(
  { answer, version, isJson }: Attempt,
  { arm, policyRevision }: Decision,
  { cancellation, stream }: Prediction,
): Routed {
  const decided = { assigned: arm, policyRevision };
  if (cancellation?.requested) return { ...refuse(callerLeft, 'the caller left'), decided };
  if (answer.kind === 'answered') {
    const { status, headers, body } = answer;
    const streamed = stream?.passed && { streamed: 'whole' as const };
    return { kind: 'answer', status, headers, body, isJson, answeredBy: version, ...streamed, ...decided };
  }
  if (answer.begun !== undefined) {
    const { headers = {} } = stream?.passed ?? {};
    const broken = { status: answer.begun, headers, body: nothing, isJson: false, streamed: 'broken' } as const;
    return { kind: 'answer', ...broken, answeredBy: version, ...decided };
  }
  if (answer.cause === 'timeout') return { ...refuse(504, `no answer in time: ${answer.detail}`), decided };
  return { ...refuse(503, `no usable answer from ${version}: ${answer.detail}`), decided };
}
