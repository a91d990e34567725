// What evidence amounts to so far, one row for each attempt of a rollout: changed in the transaction that moves by it.
import { type Judgement } from '../../domain/judgement';
import { type Judgements } from '../../ports';
import { type Queries } from './queries';

export class PostgresJudgements implements Judgements {
  constructor(private readonly tx: Queries) {}

  async find(rollout: string, attempt: number): Promise<Judgement | undefined> {
    const [row] = await this.tx.query<{ document: Judgement }[]>(
      'select document from judgement where rollout = $1 and attempt = $2',
      [rollout, attempt],
    );
    return row?.document;
  }

  async save(rollout: string, judgement: Judgement): Promise<void> {
    await this.tx.query(
      `insert into judgement (rollout, attempt, document) values ($1, $2, $3)
       on conflict (rollout, attempt) do update set document = excluded.document`,
      [rollout, judgement.attempt, JSON.stringify(judgement)],
    );
  }
}
