// A prediction asked for, and the answer its caller gets.
import { type ArmStatus, type Problem } from '@weir/contracts';
import { type Cancellation, type ModelAnswer, type ModelHeaders } from '@weir/open-inference';
import { type Decision } from '@weir/routing';

export interface Prediction {
  readonly predictionId: string;
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
  /** The record is where the caller reads the answer (Kafka): it is kept even where the policy would not. */
  readonly keepAnswer: boolean;
}

/** One version asked, and what came of it. */
export interface Attempt {
  readonly version: string;
  readonly status: ArmStatus;
  readonly answer: ModelAnswer;
  readonly latencyMs: number;
}

export type Routed = Answer | Refusal;

/** The server's own answer, bytes unchanged. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: ModelHeaders;
  readonly body: Buffer;
  readonly answeredBy: string;
  readonly assigned: string;
  readonly policyRevision: number;
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

/** Nginx's number for a caller that left: it stands in the record, nobody reads it from the wire. */
export const callerLeft = 499;

export function answerOf(
  { answer, version }: Attempt,
  { arm, policyRevision }: Decision,
  { cancellation }: Prediction,
): Routed {
  const decided = { assigned: arm, policyRevision };
  if (cancellation?.requested) return { ...refuse(callerLeft, 'the caller left'), decided };
  if (answer.kind === 'answered') {
    const { status, headers, body } = answer;
    return { kind: 'answer', status, headers, body, answeredBy: version, ...decided };
  }
  if (answer.cause === 'timeout') return { ...refuse(504, `no answer in time: ${answer.detail}`), decided };
  return { ...refuse(503, `no usable answer from ${version}: ${answer.detail}`), decided };
}
