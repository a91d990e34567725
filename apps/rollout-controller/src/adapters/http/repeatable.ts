// From a request to what `answerOnce` needs to know of it.
import { type Principal } from '@weir/service';
import { createHash } from 'node:crypto';
import { type Answer, type RepeatableRequest } from '../../answer-once';
import { canonical } from '../../domain/canonical';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface HttpReply {
  status(code: number): unknown;
}

export function repeatable(request: HttpRequest, caller: Principal): RepeatableRequest {
  const header = request.headers['idempotency-key'];
  const path = request.url.split('?')[0] ?? '';
  const fingerprint = createHash('sha256')
    .update(`${request.method} ${path} ${canonical(request.body ?? null)}`)
    .digest('hex');
  return { key: typeof header === 'string' ? header : undefined, fingerprint, caller };
}

export function send(reply: HttpReply, { status, body }: Answer): unknown {
  reply.status(status);
  return body;
}
