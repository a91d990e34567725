// What goes on the wire: answers with the server's headers but for those of one hop, and refusals.
import { type ModelHeaders } from '@weir/open-inference';
import { type Answer, type Refusal } from '../../domain/prediction';
import { type Caller } from './caller';

const notPassedOn: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The head, which waits for the body. */
export function startAnswer(caller: Caller, answer: Answer, predictionId: string): void {
  const headers = answerHead(answer, predictionId);
  if (answer.status !== 204 && answer.status !== 304) headers.push('content-length', String(answer.body.length));
  caller.begin(answer.status, headers);
}

/** Names and values in turn, but for the length. */
export function answerHead(
  answer: Pick<Answer, 'answeredBy' | 'assigned' | 'policyRevision' | 'headers'>,
  predictionId: string,
): string[] {
  const headers = [
    'x-weir-prediction-id',
    predictionId,
    'x-weir-version',
    answer.answeredBy,
    'x-weir-policy',
    String(answer.policyRevision),
  ];
  if (answer.answeredBy !== answer.assigned) headers.push('x-weir-assigned', answer.assigned);
  const passedOn = passedOnOf(answer.headers);
  for (let i = 0; i < passedOn.length; i++) headers.push(passedOn[i] as string);
  return headers;
}

/** Of frozen headers: one object stands for many answers there. */
const known = new WeakMap<ModelHeaders, readonly string[]>();

/** Names and values in turn. */
function passedOnOf(headers: ModelHeaders): readonly string[] {
  const before = known.get(headers);
  if (before) return before;
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || notPassedOn.has(name) || name.startsWith('x-weir-')) continue;
    if (typeof value === 'string') pairs.push(name, value);
    else for (const one of value) pairs.push(name, one);
  }
  if (Object.isFrozen(headers)) known.set(headers, pairs);
  return pairs;
}

const overloaded = '{"error":"overloaded"}';
const overloadedHead = (body: string): string[] => [
  ...['content-type', 'application/json', 'content-length', String(body.length), 'retry-after', '1'],
];
const overloadedWeir = '{"error":{"code":"overloaded","message":"overloaded","details":[]}}';
const [headOfProtocol, headOfWeir] = [overloadedHead(overloaded), overloadedHead(overloadedWeir)];

/** The cheapest refusal there is: its head waits for the body, which is returned. */
export function startOverloaded(caller: Caller): string {
  const ofProtocol = caller.url.startsWith('/v2');
  caller.begin(503, ofProtocol ? headOfProtocol : headOfWeir);
  return ofProtocol ? overloaded : overloadedWeir;
}

/** Codes of refusals outside the protocol; docs/errors.md lists them. */
const codeByStatus: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'payload-too-large',
  503: 'unavailable',
  504: 'model-timeout',
};

/** On the paths of the Open Inference Protocol its own error body, elsewhere Weir's. */
export function sendRefusal(
  caller: Caller,
  refusal: Refusal,
  predictionId?: string,
  more: readonly string[] = [],
): void {
  const headers = [...more];
  if (predictionId !== undefined) headers.push('x-weir-prediction-id', predictionId);
  if (refusal.decided)
    headers.push('x-weir-policy', String(refusal.decided.policyRevision), 'x-weir-assigned', refusal.decided.assigned);
  sendJson(caller, refusal.status, errorBodyOf(refusal, caller.url), headers);
}

export function sendJson(
  caller: Caller,
  status: number,
  body: Record<string, unknown>,
  more: readonly string[] = [],
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = [...more, 'content-type', 'application/json', 'content-length', String(bytes.length)];
  if (status === 503) headers.push('retry-after', '1');
  caller.begin(status, headers);
  caller.end(bytes);
}

function errorBodyOf({ status, message, details = [] }: Refusal, url: string): Record<string, unknown> {
  if (url.startsWith('/v2')) return { error: message };
  const code = details.length > 0 ? 'invalid-body' : (codeByStatus[status] ?? 'bad-request');
  return { error: { code, message, details } };
}
