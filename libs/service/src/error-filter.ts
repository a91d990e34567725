// Answers every error of the HTTP side, those of Nest and Fastify included, in one shape.
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';
import { answerTo, type ErrorStatuses, renderError } from './error-answers';
import type { Logger } from './logger';

interface Reply {
  readonly sent: boolean;
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  type(contentType: string): Reply;
  send(body: unknown): void;
}

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly statuses: ErrorStatuses = {},
  ) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return throwError(() => error); // a consumer's business
    const http = host.switchToHttp();
    const { method, url } = http.getRequest<{ method: string; url: string }>();
    const answer = answerTo(error, this.statuses);
    if (answer.unexpected) this.logger.error({ err: error, method, path: url.split('?')[0] }, 'a request failed');
    const reply = http.getResponse<Reply>();
    if (reply.sent) return undefined;
    if (answer.status === 401) reply.header('www-authenticate', 'Bearer');
    if (answer.status === 503 || answer.status === 429) reply.header('retry-after', '1');
    reply.code(answer.status).type('application/json; charset=utf-8').send(renderError(answer, url));
    return undefined;
  }
}
