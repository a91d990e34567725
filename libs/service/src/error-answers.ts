// From an error to the answer a caller gets: status, code, message, and nothing that was not meant for callers.
import { HttpException } from '@nestjs/common';
import { type ErrorBody, WeirError } from '@weir/contracts';

export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: ErrorBody['error']['details'];
  /** True where the fault is the service's own: to be logged with its stack. */
  readonly unexpected: boolean;
}

/** HTTP status by error code. A service adds its own codes; docs/errors.md lists them all. */
export type ErrorStatuses = Readonly<Record<string, number>>;

const ownStatuses: ErrorStatuses = {
  'invalid-body': 400,
  'invalid-query': 400,
  'invalid-path': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
};

/** Codes for what Nest and Fastify refuse on their own. */
const codeByStatus: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  409: 'conflict',
  413: 'payload-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  431: 'headers-too-large',
  503: 'unavailable',
};

export function answerTo(error: unknown, statuses: ErrorStatuses = {}): ErrorAnswer {
  if (error instanceof WeirError) return fromWeirError(error, { ...ownStatuses, ...statuses });
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status < 400) return internal();
  return {
    status,
    code: codeByStatus[status] ?? 'bad-request',
    message: error instanceof Error ? error.message : 'the request was refused',
    details: [],
    unexpected: false,
  };
}

function fromWeirError(error: WeirError, statuses: ErrorStatuses): ErrorAnswer {
  const { code, message, details } = error;
  const status = statuses[code] ?? (error.retriable ? 503 : undefined);
  if (status === undefined) return internal(); // an error nobody meant for callers
  return { status, code, message, details, unexpected: status >= 500 };
}

function internal(): ErrorAnswer {
  return {
    status: 500,
    code: 'internal',
    message: 'the service failed; its log says why',
    details: [],
    unexpected: true,
  };
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/** The paths of the Open Inference Protocol have its own error body. */
export function renderError(answer: ErrorAnswer, url: string): ErrorBody | { error: string } {
  const { code, message, details } = answer;
  if (/^\/+v2(?:[/?]|$)/.test(url)) return { error: message };
  return { error: { code, message, details: [...details] } };
}
