// What the collector refuses over HTTP, and how a database that is away looks to callers.
import { classifyError } from '@weir/bus';
import { WeirError } from '@weir/contracts';
import { type ErrorStatuses } from '@weir/service';

export class UnavailableError extends WeirError {
  constructor() {
    super('unavailable', 'the database cannot be reached; nothing was taken, send it again', true);
  }
}

export class KeyReusedError extends WeirError {
  constructor() {
    super('idempotency-key-reused', 'Idempotency-Key: was used for another body');
  }
}

export class InvalidKeyError extends WeirError {
  constructor() {
    super('invalid-idempotency-key', 'Idempotency-Key: 1 to 255 visible characters');
  }
}

export class UnknownPredictionError extends WeirError {
  constructor() {
    super('not-found', 'no prediction of this id was recorded, and no outcome for it');
  }
}

export const errorStatuses: ErrorStatuses = {
  unavailable: 503,
  overloaded: 503,
  'idempotency-key-reused': 422,
  'invalid-idempotency-key': 400,
};

/** Runs what needs the database; its absence is a 503 with Retry-After and never a 500. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError || classifyError(error).kind === 'bug') throw error;
    throw new UnavailableError();
  }
}
