// From a question's headers and bytes to the use case, and what it says to the caller.
import { Cancellation } from '@weir/open-inference';
import { isFull } from '../../ask-versions';
import { readCallerHeaders, type CallerHeaders } from '../../domain/caller-headers';
import { type LiveCall } from '../../domain/live-path';
import { callerLeft, overloaded, refuse, type Prediction, type Refusal } from '../../domain/prediction';
import { type Clock, type Models } from '../../ports';
import { type RoutePrediction } from '../../route-prediction';
import { AnswerWriter } from './answer-writer';
import { type Caller } from './caller';
import { type LoadGuard, type ShedReason } from './load-guard';
import { sendRefusal } from './send-answer';
import { type StreamAnswer, type StreamLimits } from './stream-answer';
import { UnreadAnswers } from './unread-answers';

/** With callers that read slowly, milliseconds. */
export interface Patience {
  /** Until a gathered answer has been read. */
  readonly readAnswerMs: number;
  /** In which nothing more of a stream was read. */
  readonly stallMs: number;
}

export interface PredictionPathOptions {
  readonly load: LoadGuard;
  readonly patience: Patience;
  readonly newId: () => string;
  readonly refused: (status: number) => void;
  readonly shed: (reason: ShedReason) => void;
  /** Of the caller's headers those that no server is to see. */
  readonly hidden: ReadonlySet<string>;
}

export type PredictCall = Extract<LiveCall, { kind: 'infer' | 'raw' }>;

/** What a caller asks, as the reader of its question found it. */
export interface Question {
  readonly call: PredictCall;
  readonly headers: CallerHeaders;
  readonly contentType: string | undefined;
  readonly traceparent: string | undefined;
  readonly body: Buffer;
  /** Where the answer may be passed on as it comes. */
  readonly stream?: (limits: StreamLimits) => StreamAnswer;
}

export class PredictionPath {
  private readonly answers = new AnswerWriter();
  private readonly unread: UnreadAnswers;

  constructor(
    private readonly route: RoutePrediction,
    private readonly models: Models,
    private readonly clock: Clock,
    private readonly options: PredictionPathOptions,
  ) {
    this.unread = new UnreadAnswers(options.load, options.patience.readAnswerMs);
  }

  /** What the headers say, or why there is no answer: before the body is looked at, and before anything is done where none could be asked. */
  read(call: PredictCall, rawHeaders: readonly string[]): CallerHeaders | Refusal {
    const model = this.models.find(call.model);
    if (!model) return refuse(404, `unknown model ${call.model}`);
    if (isFull(model)) return overloaded;
    const { protocol } = model.policy;
    if (call.kind === 'infer' && protocol === 'raw')
      return refuse(404, `${call.model} does not speak the Open Inference Protocol`);
    if (call.kind === 'raw' && protocol !== 'raw')
      return refuse(404, `${call.model} is called by /v2/models/${call.model}/infer`);
    const headers = readCallerHeaders(rawHeaders, this.options.hidden);
    return 'problem' in headers ? refuse(400, headers.problem) : headers;
  }

  /** The body's bytes are held already, and let go of here. */
  async answer(question: Question, caller: Caller): Promise<void> {
    const { load } = this.options;
    const entered = load.enter();
    try {
      if (!entered) return this.shed(caller, 'in-flight');
      await this.routed(this.predictionOf(question), caller);
    } finally {
      if (entered) load.leave();
      load.release(question.body.length);
    }
  }

  refuse(caller: Caller, refusal: Refusal, headers: readonly string[] = [], predictionId?: string): void {
    if (refusal === overloaded) return this.shed(caller, 'version');
    this.options.refused(refusal.status);
    sendRefusal(caller, refusal, predictionId, headers);
  }

  shed(caller: Caller, reason: ShedReason): void {
    this.options.shed(reason);
    this.options.refused(503);
    this.answers.refuse(caller);
  }

  private async routed(prediction: Prediction & { cancellation: Cancellation }, caller: Caller): Promise<void> {
    caller.onceOver(() => prediction.cancellation.request());
    const routed = await this.route.route(prediction);
    if (routed.kind === 'answer') {
      if (routed.streamed === 'whole') caller.end('');
      // what broke off must not look whole: the connection ends with it
      else if (routed.streamed) caller.leave();
      else
        this.answers.write(caller, routed, prediction.predictionId, () => this.unread.hold(caller, routed.body.length));
    } else if (routed.status === callerLeft) caller.leave();
    else this.refuse(caller, routed, [], prediction.predictionId);
  }

  private predictionOf({ call, headers, contentType, traceparent, body, stream }: Question) {
    const recordId = this.options.newId();
    const predictionId = headers.predictionId ?? recordId;
    const arrivedMs = this.clock.steadyMs();
    // no spread of the headers: one whose names come again costs V8 a hundred times as much (15 µs a request)
    return {
      unit: headers.unit,
      attributes: headers.attributes,
      excluded: headers.excluded,
      timeoutMs: headers.timeoutMs,
      model: call.model,
      pinned: call.kind === 'infer' ? call.version : undefined,
      rawPath: call.kind === 'raw' ? call.path : undefined,
      predictionId,
      recordId,
      headers: headers.forwarded,
      body,
      contentType,
      traceparent,
      cancellation: new Cancellation(),
      arrivedMs,
      stream: stream?.(this.streamLimits(call.model, predictionId, arrivedMs)),
      durable: false,
      keepAnswer: false,
    };
  }

  private streamLimits(model: string, predictionId: string, arrivedMs: number): StreamLimits {
    const capture = this.models.find(model)?.policy.capture;
    const keepBytes = capture?.response ? capture.maxBytes : 0;
    return { predictionId, arrivedMs, keepBytes, stallMs: this.options.patience.stallMs, clock: this.clock };
  }
}
