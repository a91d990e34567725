// When evidence came, and what guardrails that are queries have read.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class WatchTables1700000003000 implements MigrationInterface {
  readonly name = 'WatchTables1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table evidence add column heard_at timestamptz not null default now()');
    await runner.query(`create table reading (
      rollout text not null,
      attempt integer not null,
      stage integer not null,
      guardrail integer not null,
      document jsonb not null,
      primary key (rollout, attempt, stage, guardrail)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reading');
    await runner.query('alter table evidence drop column heard_at');
  }
}
