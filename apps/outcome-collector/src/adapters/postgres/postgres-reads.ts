// What is read from outside: a prediction with its outcomes, and the totals.
import { type DataSource } from 'typeorm';
import { type Decision } from '../../domain/decision';
import { readDecision } from '../../domain/decision-text';
import { type Receipt } from '../../domain/outcome';
import { talliesOf, type Tallied, type Tallies } from '../../domain/tally';
import { type Reads } from '../../ports';
import { fromRow } from './json-rows';
import { now } from './evidence.sql';
import { outcomesOf } from './outcomes.sql';
import { decisionsOfAnyDay } from './predictions.sql';
import { installation, tallies } from './upkeep.sql';

export class PostgresReads implements Reads {
  constructor(private readonly dataSource: DataSource) {}

  async prediction(predictionId: string): Promise<Decision | undefined> {
    const rows = await this.dataSource.query<{ document: string }[]>(decisionsOfAnyDay, [[predictionId]]);
    const newest = rows.at(-1);
    return newest && readDecision(newest.document);
  }

  async outcomes(predictionId: string): Promise<readonly Receipt[]> {
    return (await this.dataSource.query<object[]>(outcomesOf, [predictionId])).map((row) => fromRow<Receipt>(row));
  }

  async tallies(model: string | undefined): Promise<Tallies> {
    const rows = await this.dataSource.query<{ tallied: Tallied; total: number }[]>(tallies, [model ?? null]);
    return talliesOf(new Map(rows.map(({ tallied, total }) => [tallied, total])));
  }

  /** By the database's clock. */
  async nowMs(): Promise<number> {
    const [row] = await this.dataSource.query<{ nowMs: number }[]>(now);
    return row?.nowMs ?? 0;
  }

  /** Of this database: nobody else's cache entries are ours. */
  async installation(): Promise<string> {
    const [row] = await this.dataSource.query<{ id: string }[]>(installation);
    return row?.id ?? '';
  }
}
