// What the judging of shadows keeps: the comparator's evidence.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class PairTables1700000004000 implements MigrationInterface {
  readonly name = 'PairTables1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table pair_evidence (
      rollout text not null,
      attempt integer not null,
      window_index bigint not null,
      place text collate "C" not null,
      document jsonb not null,
      heard_at timestamptz not null default clock_timestamp(),
      primary key (rollout, attempt, window_index, place)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table pair_evidence');
  }
}
