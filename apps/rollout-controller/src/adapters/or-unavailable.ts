// A dependency that is away is a 503 to send again, never a fault of the caller nor a bug.
import { classifyError } from '@weir/bus';
import { WeirError } from '@weir/contracts';
import { Refused } from '../refusals';

/** @throws Refused unavailable where what the work needs is away, or two transactions met. */
export async function orUnavailable<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError && !error.retriable) throw error;
    if (classifyError(error).kind === 'bug') throw error;
    throw new Refused('unavailable', `${what} cannot be reached; nothing was changed, send it again`);
  }
}
