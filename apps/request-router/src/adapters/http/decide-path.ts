// POST /models/{model}/decide and /served: for callers that call the model themselves.
import { type IncomingMessage } from 'node:http';
import { decideBody, servedReport } from '@weir/contracts';
import { InvalidInputError, toDetails } from '@weir/service';
import { type z } from 'zod';
import { type DecidePrediction } from '../../decide-prediction';
import { readCallerHeaders } from '../../domain/caller-headers';
import { refuse, type Refusal } from '../../domain/prediction';
import { type ReportServed } from '../../report-served';
import { type Caller } from './caller';
import { readBody } from './read-body';
import { sendJson } from './send-answer';

/** A unit, and attributes at their most. */
const maxBodyBytes = 64 * 1024;
const nothingHidden: ReadonlySet<string> = new Set();

export interface SideCall {
  readonly kind: 'decide' | 'served';
  readonly model: string;
}

export class DecidePath {
  constructor(
    private readonly decisions: Pick<DecidePrediction, 'decide'>,
    private readonly reports: Pick<ReportServed, 'report'>,
    private readonly newId: () => string,
  ) {}

  /** What to refuse with; undefined when the call was answered, or its caller left. */
  async handle(call: SideCall, request: IncomingMessage, caller: Caller): Promise<Refusal | undefined> {
    const body = await readBody(request, maxBodyBytes);
    if (body.kind === 'left') return undefined;
    if (body.kind !== 'body') return refuse(413, `the body has more than ${maxBodyBytes} bytes`);
    try {
      return await this.answer(call, body.bytes, request, caller);
    } catch (error) {
      if (error instanceof InvalidInputError) return { ...refuse(400, error.message), details: error.details };
      throw error;
    }
  }

  private answer(call: SideCall, body: Buffer, request: IncomingMessage, caller: Caller): Promise<Refusal | undefined> {
    if (call.kind === 'decide') return this.decide(call.model, read(decideBody, body), request, caller);
    return this.served(call.model, read(servedReport, body), request, caller);
  }

  /** The headers of predictions hold here too; where both name something, the body does. */
  private async decide(
    model: string,
    { unit, attributes }: z.infer<typeof decideBody>,
    request: IncomingMessage,
    caller: Caller,
  ): Promise<Refusal | undefined> {
    const headers = readCallerHeaders(request.rawHeaders, nothingHidden);
    if ('problem' in headers) return refuse(400, headers.problem);
    const decided = await this.decisions.decide({
      model,
      predictionId: headers.predictionId ?? this.newId(),
      unit: unit ?? headers.unit,
      attributes: { ...headers.attributes, ...attributes },
      excluded: headers.excluded,
      timeoutMs: headers.timeoutMs,
      traceparent: traceparentOf(request),
    });
    if (!decided) return refuse(404, `unknown model ${model}`);
    sendJson(caller, 200, { ...decided });
    return undefined;
  }

  private async served(
    model: string,
    report: z.infer<typeof servedReport>,
    request: IncomingMessage,
    caller: Caller,
  ): Promise<Refusal | undefined> {
    const known = await this.reports.report(model, report, traceparentOf(request));
    if (!known) return refuse(404, `unknown model ${model}`);
    sendJson(caller, 202, { predictionId: report.predictionId });
    return undefined;
  }
}

function read<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new InvalidInputError('invalid-body', [{ path: '', message: 'is not JSON' }]);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('invalid-body', toDetails(parsed.error));
}

function traceparentOf({ headers: { traceparent } }: IncomingMessage): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}
