// Reads of another service, passed on with the caller's own key for those who talk to the controller only.
import { Refused } from '../refusals';
import { type Owner, type OwnerAnswer } from './http/forwards.controller';

const timeoutMs = 5_000;

export class OwnerClient implements Owner {
  /** @param away the refusal's code where it cannot be reached. */
  constructor(
    private readonly name: string,
    private readonly baseUrl: string,
    private readonly away: 'collector-away' | 'comparator-away' | 'allocator-away',
  ) {}

  get(path: string, authorization: string | undefined, withinMs = timeoutMs): Promise<OwnerAnswer> {
    return this.send(path, { method: 'GET', headers: headersOf(authorization) }, withinMs);
  }

  post(path: string, body: unknown, authorization: string | undefined): Promise<OwnerAnswer> {
    const headers = { ...headersOf(authorization), 'content-type': 'application/json' };
    return this.send(path, { method: 'POST', headers, body: JSON.stringify(body) }, timeoutMs);
  }

  private async send(path: string, init: RequestInit, withinMs: number): Promise<OwnerAnswer> {
    try {
      const response = await fetch(`${this.baseUrl.replace(/\/+$/, '')}${path}`, {
        ...init,
        redirect: 'error',
        signal: AbortSignal.timeout(withinMs),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      throw new Refused(this.away, `the ${this.name} could not be reached`);
    }
  }

  /** What it refuses is the caller's to hear; what else it answers is its own trouble. */
  async read(path: string, authorization: string | undefined, withinMs?: number): Promise<unknown> {
    const { status, body } = await this.get(path, authorization, withinMs);
    if (status === 200) return body;
    if (status === 503)
      throw new Refused('unavailable', `the ${this.name} has no database at the moment; send it again`);
    throw new Refused(this.away, `the ${this.name} answered ${status}`);
  }
}

function headersOf(authorization: string | undefined): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}
