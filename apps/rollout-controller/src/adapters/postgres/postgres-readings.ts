// The latest reading of each guardrail that is a query, by attempt of a rollout.
import { keyOf, type Reading, type ReadingsByGuardrail } from '../../domain/reading';
import { type QueryGuardrail } from '../../domain/query-guardrails';
import { type Readings } from '../../ports';
import { type Queries } from './queries';

export class PostgresReadings implements Readings {
  constructor(private readonly tx: Queries) {}

  async of(rollout: string, attempt: number): Promise<ReadingsByGuardrail> {
    const rows = await this.tx.query<{ stage: number; index: number; document: Reading }[]>(
      'select stage, guardrail as index, document from reading where rollout = $1 and attempt = $2',
      [rollout, attempt],
    );
    return Object.fromEntries(rows.map((row) => [keyOf(row), row.document]));
  }

  async save(
    rollout: string,
    attempt: number,
    { stage, index }: Pick<QueryGuardrail, 'stage' | 'index'>,
    reading: Reading,
  ): Promise<void> {
    await this.tx.query(
      `insert into reading (rollout, attempt, stage, guardrail, document) values ($1, $2, $3, $4, $5)
       on conflict (rollout, attempt, stage, guardrail) do update set document = excluded.document`,
      [rollout, attempt, stage, index, JSON.stringify(reading)],
    );
  }
}
