// The live side of the HTTP server, beside Nest (docs/decisions/0006): paths, headers, body, then the use case.
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Logger } from '@weir/service';
import { type DescribeModel, type Description } from '../../describe-model';
import { parseLivePath, type LiveCall } from '../../domain/live-path';
import { refuse } from '../../domain/prediction';
import { type Clock, type Models } from '../../ports';
import { type RoutePrediction } from '../../route-prediction';
import { NodeCaller, type Caller } from './caller';
import { type DecidePath } from './decide-path';
import { type PlainRequest } from './lane/read-plain-request';
import { PredictionPath, type PredictCall, type PredictionPathOptions } from './prediction-path';
import { readBody } from './read-body';
import { sendJson } from './send-answer';
import { StreamAnswer } from './stream-answer';

/** Undefined: let in. */
export type Admission = (
  authorization: string | undefined,
) => Promise<{ status: 401 | 403; message: string } | undefined>;

export interface LivePathOptions extends Omit<PredictionPathOptions, 'hidden'> {
  readonly maxBodyBytes: number;
  /** Undefined: everybody may produce. */
  readonly admit: Admission | undefined;
  readonly ready: () => boolean;
}

export class LivePath {
  private readonly predictions: PredictionPath;

  constructor(
    route: RoutePrediction,
    models: Models,
    private readonly describe: DescribeModel,
    private readonly decidePath: Pick<DecidePath, 'handle'>,
    clock: Clock,
    private readonly logger: Logger,
    private readonly options: LivePathOptions,
  ) {
    // with keys of Weir's own, the authorization header is ours and no server's
    const hidden: ReadonlySet<string> = new Set(options.admit ? ['authorization'] : []);
    this.predictions = new PredictionPath(route, models, clock, { ...options, hidden });
  }

  /** A question that Node's server read, its body perhaps not there yet. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const caller = new NodeCaller(request, response);
    // before everything else: refusing must cost next to nothing
    if (request.method === 'POST') {
      const reason = this.options.load.refusal();
      if (reason) return this.predictions.shed(caller, reason);
    }
    this.dispatch(request, caller).catch((error: unknown) => this.failed(caller, error));
  }

  /** A prediction's question that is all there. */
  take(request: PlainRequest, caller: Caller): void {
    const reason = this.options.load.refusal();
    if (reason) return this.predictions.shed(caller, reason);
    this.predictWhole(request, caller).catch((error: unknown) => this.failed(caller, error));
  }

  private failed(caller: Caller, error: unknown): void {
    this.logger.error({ err: error, url: caller.url }, 'a live request failed');
    if (!caller.begun) this.refuse(caller, 503, 'the prediction could not be served');
    else caller.leave();
  }

  private async dispatch(request: IncomingMessage, caller: NodeCaller): Promise<void> {
    const call = parseLivePath(caller.url);
    if (call.kind === 'unknown') return this.refuse(caller, 404, 'no such path');
    if (call.kind === 'malformed') return this.refuse(caller, 400, call.problem);
    const method = call.kind in posted ? 'POST' : 'GET';
    if (request.method !== method)
      return this.refuse(caller, 405, `${request.method} is not allowed here, ${method} is`, ['allow', method]);
    if (call.kind === 'server') return sendJson(caller, 200, { name: 'weir', version: '0.1.0', extensions: [] });
    if (call.kind === 'server-live') return sendJson(caller, 200, { live: true });
    if (call.kind === 'server-ready')
      return sendJson(caller, this.options.ready() ? 200 : 503, { ready: this.options.ready() });
    if (call.kind === 'ready') return this.tell(caller, this.describe.ready(call.model, call.version));
    const stranger = await this.options.admit?.(request.headers.authorization);
    if (stranger) return this.refuse(caller, stranger.status, stranger.message);
    if (call.kind === 'metadata') return this.tell(caller, await this.describe.metadata(call.model, call.version));
    if (call.kind === 'decide' || call.kind === 'served') {
      const refusal = await this.decidePath.handle(call, request, caller);
      if (refusal) this.predictions.refuse(caller, refusal);
    } else await this.predict(call, request, caller);
  }

  private async predict(call: PredictCall, request: IncomingMessage, caller: NodeCaller): Promise<void> {
    const { load, maxBodyBytes } = this.options;
    const headers = this.predictions.read(call, request.rawHeaders);
    if ('status' in headers) return this.predictions.refuse(caller, headers);
    // a body that trickles in takes up bytes, not a place among the predictions
    const body = await readBody(request, maxBodyBytes, load);
    if (body.kind === 'left') return;
    if (body.kind === 'no-room') return this.predictions.shed(caller, 'bytes');
    if (body.kind === 'too-large') return this.refuse(caller, 413, tooLarge(maxBodyBytes));
    const { 'content-type': contentType, traceparent } = request.headers;
    const question = {
      ...{ call, headers, contentType, body: body.bytes },
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    };
    if (call.kind === 'infer') return this.predictions.answer(question, caller);
    const { response } = caller;
    return this.predictions.answer({ ...question, stream: (limits) => new StreamAnswer(response, limits) }, caller);
  }

  private async predictWhole(request: PlainRequest, caller: Caller): Promise<void> {
    const { call, body, contentType, traceparent } = request;
    const { load, maxBodyBytes, admit } = this.options;
    const stranger = admit && (await admit(request.authorization));
    if (stranger) return this.refuse(caller, stranger.status, stranger.message);
    const headers = this.predictions.read(call, request.rawHeaders);
    if ('status' in headers) return this.predictions.refuse(caller, headers);
    if (body.length > maxBodyBytes) return this.refuse(caller, 413, tooLarge(maxBodyBytes));
    if (!load.hold(body.length)) return this.predictions.shed(caller, 'bytes');
    return this.predictions.answer({ call, headers, contentType, traceparent, body }, caller);
  }

  private tell(caller: Caller, description: Description): void {
    if (description.status === 200) sendJson(caller, 200, description.body);
    else this.refuse(caller, description.status, description.problem);
  }

  private refuse(caller: Caller, status: number, message: string, headers: readonly string[] = []): void {
    this.predictions.refuse(caller, refuse(status, message), headers);
  }
}

const tooLarge = (maxBodyBytes: number): string => `the body has more than ${maxBodyBytes} bytes`;

const posted: Readonly<Partial<Record<LiveCall['kind'], true>>> = {
  infer: true,
  raw: true,
  decide: true,
  served: true,
};
