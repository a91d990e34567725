// What the use cases of the router need from outside.
import {
  type PolicyPublished,
  type PredictionDecided,
  type PredictionReported,
  type PredictionServed,
} from '@weir/contracts';
import { type ModelAnswer, type ModelCall } from '@weir/open-inference';
import { type Decision, type Snapshot } from '@weir/routing';
import { type Life } from './describe-prediction';

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that only goes forward: for durations. */
  readonly steadyMs: () => number;
}

/** The instances of one version as one server; `VersionServers` of @weir/open-inference. */
export interface Servers {
  readonly size: number;
  readonly ready: boolean;
  /** No room for another call: one made now fails at once. */
  readonly full: boolean;
  /** The base URL of the server that a call would go to now; undefined where there is none. */
  pick(): string | undefined;
  /** Why none of them is ready, in a few words; undefined where one is. */
  readonly problem: string | undefined;
  /** `lastResort`: nobody else can answer, so instances held to be unready are asked too. */
  call(call: ModelCall, lastResort: boolean): Promise<ModelAnswer>;
}

/** A model as it is served now: one policy, and what was made of it. Replaced as a whole. */
export interface ServedModel {
  readonly policy: PolicyPublished;
  readonly snapshot: Snapshot;
  /** The names of the version on its servers are in the path; raw protocols keep the caller's. */
  readonly versions: ReadonlyMap<
    string,
    { readonly servers: Servers; readonly inferPath: string; readonly modelPath: string }
  >;
}

export interface Models {
  find(model: string): ServedModel | undefined;
}

/** A body as it passed. */
export interface PassedBody {
  readonly bytes: Buffer;
  /** Of a body that was longer than is kept; `bytes` is empty then. */
  readonly cut?: { readonly size: number; readonly sha256: string };
  readonly contentType: string | undefined;
  /** It was read as JSON before. */
  readonly isJson?: boolean;
  /** Requests: the path of a raw call, and all headers, names and values in turn; of these few are recorded. */
  readonly path?: string | undefined;
  readonly headers?: readonly string[];
}

/** A prediction as it will be recorded; rendered when the batch is flushed, off the answer's path. */
export interface PredictionEntry {
  /** The record's own identity: a repeated predictionId is another record. */
  readonly id: string;
  readonly decision: Decision;
  /** The event's other fields. */
  readonly facts: Omit<PredictionServed, keyof Decision | 'capture'>;
  readonly capture: PolicyPublished['capture'];
  /** The caller reads the answer from the record: it is kept whole, even where the policy would not keep it. */
  readonly keepAnswer: boolean;
  readonly request: PassedBody;
  readonly response: PassedBody | undefined;
  readonly traceparent: string | undefined;
}

export interface PredictionLog {
  /** Never waits and never fails: what cannot be kept is counted. */
  record(entry: PredictionEntry): void;
  /** Resolves when the disk has it. */
  append(entry: PredictionEntry): Promise<void>;
}

/** Of a prediction whose caller calls the model itself: the decision, or how the call went. */
export type DecisionEntry = { readonly traceparent: string | undefined } & (
  | { readonly kind: 'decided'; readonly event: PredictionDecided }
  | { readonly kind: 'reported'; readonly event: PredictionReported }
);

export interface DecisionLog {
  /** Never waits and never fails: what cannot be kept is counted. */
  record(entry: DecisionEntry): void;
  /** Resolves when the disk has it. */
  append(entry: DecisionEntry): Promise<void>;
}

/** Sees every prediction that was assigned, for the metrics. */
export interface Observer {
  predicted(life: Life, totalMs: number): void;
}

/** The same for callers that call the model themselves. */
export interface DecisionObserver {
  decided(model: string, version: string): void;
  reported(model: string): void;
}
