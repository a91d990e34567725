// What a failed send means: try again later, or never.
import { BusError } from './errors';

/** Types of protocol errors that the same bytes would meet again. */
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

export function toSendError(topic: string, error: unknown): BusError {
  if (error instanceof BusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return typesOf(error).some((type) => tooLarge.has(type))
    ? new BusError('record-too-large', `${topic}: ${message}`, false, error)
    : new BusError('kafka-away', `${topic}: ${message}`, true, error);
}

function typesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const { type, cause } = error as { type?: unknown; cause?: unknown };
  return [...(typeof type === 'string' ? [type] : []), ...typesOf(cause, depth + 1)];
}
