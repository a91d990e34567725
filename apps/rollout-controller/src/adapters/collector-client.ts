// Reads of the collector, passed on for those who talk to the controller only.
import { Refused } from '../refusals';
import { type Collector } from './http/forwards.controller';

const timeoutMs = 5_000;

export class CollectorClient implements Collector {
  constructor(private readonly baseUrl: string) {}

  async prediction(id: string, authorization: string | undefined): Promise<{ status: number; body: unknown }> {
    const url = `${this.baseUrl.replace(/\/+$/, '')}/api/v1/predictions/${encodeURIComponent(id)}`;
    try {
      const response = await fetch(url, {
        headers: authorization === undefined ? {} : { authorization },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      throw new Refused('collector-away', 'the collector could not be reached');
    }
  }
}
