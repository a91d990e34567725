// What an error out of a handler means for its records: refused, wait for a dependency, try again at once, or a bug.
import { RefusedRecords } from './errors';

export type Classified =
  | { readonly kind: 'refused'; readonly refusals: RefusedRecords['refusals'] }
  /** A dependency is away: the records are good, their time has not come. */
  | { readonly kind: 'down' }
  /** Two transactions met: the same again at once will do. */
  | { readonly kind: 'contention' }
  | { readonly kind: 'bug' };

/** Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const staleStatementStates = ['0A000', '26000']; // a migration changed what a prepared statement reads
const contentionStates = new Set(['40001', '40P01', '55P03', ...staleStatementStates]);
const downStates = new Set(['57P01', '57P02', '57P03', '57P05', '57014', '25P03', '25P04', '25006']);
const downClasses = ['08', '53', '58'];

const downCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENOTCONN', 'EMFILE', 'ENFILE', 'ABORT_ERR'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED'],
]);

/** Names of errors that carry no code: kafkajs, ioredis, TypeORM, the platform. */
const downNames = new Set([
  ...[
    'KafkaJSNumberOfRetriesExceeded',
    'KafkaJSConnectionError',
    'KafkaJSRequestTimeoutError',
    'KafkaJSBrokerNotFound',
  ],
  ...[
    'MaxRetriesPerRequestError',
    'TimeoutError',
    'AbortError',
    'CannotConnectAlreadyConnectedError',
    'ConnectionNotFoundError',
  ],
]);

/** pg, pg-pool and ioredis say these with a bare Error. */
const downMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Connection is closed|Stream isn't writeable|Command timed out|Driver not Connected|LOADING |READONLY |CLUSTERDOWN |MASTERDOWN |OOM )/;

export function classifyError(error: unknown): Classified {
  if (error instanceof RefusedRecords) return { kind: 'refused', refusals: error.refusals };
  const kinds = new Set(chainOf(error).map(kindOf));
  if (kinds.has('contention')) return { kind: 'contention' };
  return kinds.has('down') ? { kind: 'down' } : { kind: 'bug' };
}

/** The error with its causes, its driver's error, and what an aggregate gathers; bounded against cycles. */
function chainOf(error: unknown): unknown[] {
  const found: unknown[] = [];
  const open = [error];
  while (open.length > 0 && found.length < 16) {
    const next = open.shift();
    if (typeof next !== 'object' || next === null || found.includes(next)) continue;
    found.push(next);
    const { cause, driverError } = next as { cause?: unknown; driverError?: unknown };
    open.push(cause, driverError, ...(next instanceof AggregateError ? (next.errors as unknown[]) : []));
  }
  return found;
}

function kindOf(error: unknown): 'contention' | 'down' | 'bug' {
  const { code, name, message, retriable } = error as Record<'code' | 'name' | 'message' | 'retriable', unknown>;
  if (typeof code === 'string') {
    if (contentionStates.has(code)) return 'contention';
    if (downCodes.has(code) || downStates.has(code)) return 'down';
    if (/^[0-9A-Z]{5}$/.test(code) && downClasses.some((state) => code.startsWith(state))) return 'down';
  }
  if (retriable === true || (typeof name === 'string' && downNames.has(name))) return 'down';
  return typeof message === 'string' && downMessages.test(message) ? 'down' : 'bug';
}
