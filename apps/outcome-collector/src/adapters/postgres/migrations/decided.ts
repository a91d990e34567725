// Decisions whose callers call the model themselves, until their reports come.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Decided1763899200000 implements MigrationInterface {
  readonly name = 'Decided1763899200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table predictions add column report text');
    await runner.query(`create table decided (
      prediction_id text collate "C" not null,
      model text collate "C" not null,
      -- the two halves, in whatever order they come; emptied when the prediction is settled
      decision jsonb,
      report jsonb,
      state text not null default 'open' check (state in ('open', 'given', 'missing')),
      -- open: when it is given up; settled: when it is forgotten
      due_at timestamptz not null,
      primary key (prediction_id, model)
    )`);
    await runner.query("create index decided_open on decided (due_at) where state = 'open'");
    await runner.query("create index decided_settled on decided (due_at) where state <> 'open'");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table decided');
    await runner.query('alter table predictions drop column report');
  }
}
