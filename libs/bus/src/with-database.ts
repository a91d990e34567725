// How a database that is away looks to callers over HTTP.
import { WeirError } from '@weir/contracts';
import { classifyError } from './classify-error';

export class UnavailableError extends WeirError {
  constructor() {
    super('unavailable', 'the database cannot be reached; nothing was taken, send it again', true);
  }
}

/** Runs what needs the database; its absence is an `unavailable` and never a failure without a name. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError || classifyError(error).kind === 'bug') throw error;
    throw new UnavailableError();
  }
}
