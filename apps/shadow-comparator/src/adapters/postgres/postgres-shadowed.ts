// Shadows' answers prediction by prediction, as verdicts alone: bodies are not kept.
import { type ShadowedPredictions, type ShadowedQuery } from '@weir/contracts';
import { type DataSource } from 'typeorm';
import { wasRight, type Said } from '../../domain/shadow-truth';
import { readShadowed } from './truth.sql';

export interface ShadowedReads {
  shadowed(query: ShadowedQuery): Promise<ShadowedPredictions>;
}

interface Row {
  readonly predictionId: string;
  readonly verdict: 'matched' | 'mismatched';
  /** Of the metric's output, by item; null where nothing was kept. */
  readonly said: readonly Said[] | null;
  readonly truths: readonly { readonly item: number; readonly truth: string | number | boolean }[];
}

const longestMs = 20_000;
const always = { since: '1970-01-01T00:00:00.000Z', until: '9999-12-31T00:00:00.000Z' };

export class PostgresShadowed implements ShadowedReads {
  constructor(private readonly dataSource: DataSource) {}

  async shadowed(query: ShadowedQuery): Promise<ShadowedPredictions> {
    const { model, shadow, metric, rollout = null, since, until, limit } = { ...always, ...query };
    const days = [since, until].map((instant) => instant.slice(0, 10));
    const rows = await this.dataSource.transaction(async (tx) => {
      await tx.query(`set local statement_timeout = ${longestMs}`);
      return tx.query<Row[]>(readShadowed, [model, shadow, metric, rollout, ...days, limit]);
    });
    return {
      predictions: rows.map((row) => ({
        predictionId: row.predictionId,
        same: row.verdict === 'matched',
        worth: worthOf(row),
      })),
    };
  }
}

/** The mean over the items that something is known of. */
function worthOf({ said, truths }: Row): number | null {
  const known = truths.flatMap(({ item, truth }) => wasRight(said?.[item], truth) ?? []);
  return known.length === 0 ? null : known.reduce<number>((sum, each) => sum + each, 0) / known.length;
}
