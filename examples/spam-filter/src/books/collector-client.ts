// The collector's book: how much it has counted, and what it has recorded of one prediction.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { waitUntil } from '../wait-until';
import { type OutcomeState } from './reconcile';

export interface Tallies {
  readonly predictions: number;
  readonly duplicatePredictions: number;
  readonly outcomes: Readonly<Record<OutcomeState, number>>;
}

export interface RecordedPrediction {
  /** The version that was assigned. */
  readonly arm: string;
}

export class CollectorClient {
  constructor(
    private readonly collector: string,
    private readonly apiKey: string,
  ) {}

  tallies(model: string): Promise<Tallies> {
    return this.get(`/tallies?model=${model}`) as Promise<Tallies>;
  }

  /** Once they stand still: what an earlier run left on its way must not be counted as this one's. */
  async settledTallies(model: string): Promise<Tallies> {
    return waitUntil(
      async () => {
        const before = await this.tallies(model);
        await sleep(1_500);
        const after = await this.tallies(model);
        return JSON.stringify(before) === JSON.stringify(after) ? after : undefined;
      },
      { what: "the collector's tallies to stand still", withinMs: 120_000 },
    );
  }

  prediction(id: string): Promise<unknown> {
    return this.get(`/predictions/${id}`);
  }

  private async get(path: string): Promise<unknown> {
    const response = await request(`${this.collector}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.apiKey}` },
      headersTimeout: 10_000,
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`GET ${path}: ${response.statusCode} ${text.slice(0, 200)}`);
    return JSON.parse(text) as unknown;
  }
}
