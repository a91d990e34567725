// How a database that is away looks to callers.
import { classifyError } from '@weir/bus';
import { WeirError } from '@weir/contracts';
import { type ErrorStatuses } from '@weir/service';

export class UnavailableError extends WeirError {
  constructor() {
    super('unavailable', 'the database cannot be reached; send it again', true);
  }
}

export const errorStatuses: ErrorStatuses = { unavailable: 503 };

/** Its absence is a 503 with Retry-After and never a 500. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError || classifyError(error).kind === 'bug') throw error;
    throw new UnavailableError();
  }
}
