// The live side of the HTTP server, beside Nest (docs/decisions/0006): paths, headers, body, then the use case.
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Cancellation } from '@weir/open-inference';
import { type Logger } from '@weir/service';
import { type DescribeModel, type Description } from '../../describe-model';
import { readCallerHeaders, type CallerHeaders } from '../../domain/caller-headers';
import { parseLivePath, type LiveCall } from '../../domain/live-path';
import { callerLeft, overloaded, refuse, type Prediction, type Refusal } from '../../domain/prediction';
import { type Clock, type Models } from '../../ports';
import { type RoutePrediction } from '../../route-prediction';
import { AnswerWriter } from './answer-writer';
import { type DecidePath } from './decide-path';
import { type LoadGuard, type ShedReason } from './load-guard';
import { readBody } from './read-body';
import { sendJson, sendRefusal } from './send-answer';
import { StreamAnswer } from './stream-answer';
import { UnreadAnswers } from './unread-answers';

/** With callers that read slowly, milliseconds. */
export interface Patience {
  /** Until a gathered answer has been read. */
  readonly readAnswerMs: number;
  /** In which nothing more of a stream was read. */
  readonly stallMs: number;
}

/** Undefined: let in. */
export type Admission = (
  authorization: string | undefined,
) => Promise<{ status: 401 | 403; message: string } | undefined>;

export interface LivePathOptions {
  readonly maxBodyBytes: number;
  readonly load: LoadGuard;
  readonly patience: Patience;
  /** Undefined: everybody may produce. */
  readonly admit: Admission | undefined;
  readonly ready: () => boolean;
  readonly newId: () => string;
  readonly refused: (status: number) => void;
  readonly shed: (reason: ShedReason) => void;
}

type Predict = Extract<LiveCall, { kind: 'infer' | 'raw' }>;

export class LivePath {
  /** With keys of Weir's own, the authorization header is ours and no server's. */
  private readonly hidden: ReadonlySet<string>;
  private readonly answers = new AnswerWriter();
  private readonly unread: UnreadAnswers;

  constructor(
    private readonly route: RoutePrediction,
    private readonly models: Models,
    private readonly describe: DescribeModel,
    private readonly decidePath: Pick<DecidePath, 'handle'>,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: LivePathOptions,
  ) {
    this.unread = new UnreadAnswers(options.load, options.patience.readAnswerMs);
    this.hidden = new Set(options.admit ? ['authorization'] : []);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    // before everything else: refusing must cost next to nothing
    if (request.method === 'POST') {
      const reason = this.options.load.refusal();
      if (reason) return this.shed(response, reason);
    }
    this.dispatch(request, response).catch((error: unknown) => {
      this.logger.error({ err: error, url: request.url }, 'a live request failed');
      if (!response.headersSent) this.refuse(response, 503, 'the prediction could not be served');
      else response.destroy();
    });
  }

  private async dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = parseLivePath(request.url ?? '/');
    if (call.kind === 'unknown') return this.refuse(response, 404, 'no such path');
    if (call.kind === 'malformed') return this.refuse(response, 400, call.problem);
    const method = call.kind in posted ? 'POST' : 'GET';
    if (request.method !== method)
      return this.refuse(response, 405, `${request.method} is not allowed here, ${method} is`, ['allow', method]);
    if (call.kind === 'server') return sendJson(response, 200, { name: 'weir', version: '0.1.0', extensions: [] });
    if (call.kind === 'server-live') return sendJson(response, 200, { live: true });
    if (call.kind === 'server-ready')
      return sendJson(response, this.options.ready() ? 200 : 503, { ready: this.options.ready() });
    if (call.kind === 'ready') return this.tell(response, this.describe.ready(call.model, call.version));
    const stranger = await this.options.admit?.(request.headers.authorization);
    if (stranger) return this.refuse(response, stranger.status, stranger.message);
    if (call.kind === 'metadata') return this.tell(response, await this.describe.metadata(call.model, call.version));
    if (call.kind === 'decide' || call.kind === 'served') {
      const refusal = await this.decidePath.handle(call, request, response);
      if (refusal) this.refuseWith(response, refusal);
    } else await this.predict(call, request, response);
  }

  private async predict(call: Predict, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { load, maxBodyBytes } = this.options;
    const problem = this.protocolProblem(call);
    if (problem) return this.refuse(response, ...problem);
    const headers = readCallerHeaders(request.rawHeaders, this.hidden);
    if ('problem' in headers) return this.refuse(response, 400, headers.problem);
    // a body that trickles in takes up bytes, not a place among the predictions
    const body = await readBody(request, maxBodyBytes, load);
    if (body.kind === 'left') return;
    if (body.kind === 'no-room') return this.shed(response, 'bytes');
    if (body.kind === 'too-large') return this.refuse(response, 413, `the body has more than ${maxBodyBytes} bytes`);
    const entered = load.enter();
    try {
      if (!entered) return this.shed(response, 'in-flight');
      await this.answer(this.prediction(call, headers, request, body.bytes, response), response);
    } finally {
      if (entered) load.leave();
      load.release(body.bytes.length);
    }
  }

  private async answer(
    prediction: Prediction & { cancellation: Cancellation },
    response: ServerResponse,
  ): Promise<void> {
    response.once('close', () => prediction.cancellation.request());
    const routed = await this.route.route(prediction);
    if (routed === overloaded) return this.shed(response, 'version');
    if (routed.kind === 'answer' && routed.streamed) endStream(response, routed.streamed);
    else if (routed.kind === 'answer') {
      this.answers.write(response, routed, prediction.predictionId, () =>
        this.unread.hold(response, routed.body.length),
      );
    } else if (routed.status === callerLeft) response.destroy();
    else {
      this.options.refused(routed.status);
      sendRefusal(response, routed, prediction.predictionId);
    }
  }

  private prediction(
    call: Predict,
    headers: CallerHeaders,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ) {
    const { traceparent } = request.headers;
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
      contentType: request.headers['content-type'],
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      cancellation: new Cancellation(),
      arrivedMs,
      stream: call.kind === 'raw' ? this.streamTo(response, call.model, { predictionId, arrivedMs }) : undefined,
      durable: false,
      keepAnswer: false,
    };
  }

  private streamTo(response: ServerResponse, model: string, of: { predictionId: string; arrivedMs: number }) {
    const capture = this.models.find(model)?.policy.capture;
    const keepBytes = capture?.response ? capture.maxBytes : 0;
    const { stallMs } = this.options.patience;
    return new StreamAnswer(response, { ...of, keepBytes, stallMs, clock: this.clock });
  }

  private protocolProblem(call: Predict): [number, string] | undefined {
    const protocol = this.models.find(call.model)?.policy.protocol;
    if (!protocol) return [404, `unknown model ${call.model}`];
    if (call.kind === 'infer')
      return protocol === 'raw' ? [404, `${call.model} does not speak the Open Inference Protocol`] : undefined;
    return protocol === 'raw' ? undefined : [404, `${call.model} is called by /v2/models/${call.model}/infer`];
  }

  private shed(response: ServerResponse, reason: ShedReason): void {
    this.options.shed(reason);
    this.options.refused(503);
    this.answers.refuse(response);
  }

  private tell(response: ServerResponse, description: Description): void {
    if (description.status === 200) sendJson(response, 200, description.body);
    else this.refuse(response, description.status, description.problem);
  }

  private refuse(response: ServerResponse, status: number, message: string, headers: readonly string[] = []): void {
    this.refuseWith(response, refuse(status, message), headers);
  }

  private refuseWith(response: ServerResponse, refusal: Refusal, headers: readonly string[] = []): void {
    this.options.refused(refusal.status);
    sendRefusal(response, refusal, undefined, headers);
  }
}

const posted: Readonly<Partial<Record<LiveCall['kind'], true>>> = {
  infer: true,
  raw: true,
  decide: true,
  served: true,
};

/** What broke off must not look whole: the connection ends with it. */
function endStream(response: ServerResponse, streamed: 'whole' | 'broken'): void {
  if (streamed === 'whole') response.end();
  else response.destroy();
}
