// What outcomes say of pairs, how outputs are distributed, and what shadows were offered and took.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class TruthAndLoad1763910000000 implements MigrationInterface {
  readonly name = 'TruthAndLoad1763910000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table outcomes, profiles, loads');
    await runner.query('alter table comparisons drop column answers');
  }
}

const statements = [
  // of `truth` metrics' outputs alone, by metric; null where none is declared
  'alter table comparisons add column answers jsonb',
  `create table outcomes (
    day date not null,
    prediction_id text collate "C" not null,
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    metric text collate "C" not null,
    item integer not null,
    revision integer not null,
    truth jsonb not null,
    stable_worth float8 not null,
    primary key (prediction_id, rollout, attempt, stage, metric, item, day)
  ) partition by range (day)`,
  `create table profiles (
    rollout text collate "C" not null,
    attempt integer not null,
    -- of a stage and shadow
    id text collate "C" not null,
    document jsonb not null,
    primary key (rollout, attempt, id)
  ) with (fillfactor = 50)`,
  `create table loads (
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    shadow text collate "C" not null,
    from_ms bigint not null,
    offered bigint not null,
    calls bigint not null,
    refused bigint not null,
    failed bigint not null,
    late bigint not null,
    model_ms float8 not null,
    primary key (rollout, attempt, stage, shadow, from_ms)
  ) with (fillfactor = 50)`,
];
