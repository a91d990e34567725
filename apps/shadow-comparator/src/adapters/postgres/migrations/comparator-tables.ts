// The comparator's tables. Results are partitioned by day; the days' partitions are made as they are needed (comparison-days.ts).
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class ComparatorTables1763899200000 implements MigrationInterface {
  readonly name = 'ComparatorTables1763899200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table stages, comparisons, books, units, totals, flips, exemplars');
  }
}

const tables = [
  `create table stages (
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    document jsonb not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (rollout, attempt, stage)
  )`,
  // one row a prediction and shadow, and nothing of its bodies: what makes each count once
  `create table comparisons (
    day date not null,
    prediction_id text collate "C" not null,
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    shadow text collate "C" not null,
    result text not null check (result in ('compared', 'skipped', 'failed')),
    reason text,
    verdict text,
    primary key (prediction_id, rollout, attempt, stage, shadow, day)
  ) partition by range (day)`,
  // what an attempt counts in the window that is open; a window without rows is over
  `create table books (
    rollout text collate "C" not null,
    attempt integer not null,
    model text not null,
    window_index bigint,
    window_from_ms bigint,
    window_to_ms bigint,
    rows jsonb not null default '[]',
    touched_at timestamptz not null default clock_timestamp(),
    primary key (rollout, attempt)
  ) with (fillfactor = 50)`,
  `create table units (
    rollout text collate "C" not null,
    attempt integer not null,
    unit text collate "C" not null,
    -- totals by metric, firsts that were counted (libs/stats, UnitState)
    state jsonb not null,
    primary key (rollout, attempt, unit)
  ) with (fillfactor = 70)`,
  `create table totals (
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    shadow text collate "C" not null,
    -- compared, failed.timeout, matched, output.label.mismatched
    counted text collate "C" not null,
    total bigint not null,
    primary key (rollout, attempt, stage, shadow, counted)
  ) with (fillfactor = 50)`,
  `create table flips (
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    shadow text collate "C" not null,
    output text collate "C" not null,
    from_label text collate "C" not null,
    to_label text collate "C" not null,
    total bigint not null,
    primary key (rollout, attempt, stage, shadow, output, from_label, to_label)
  ) with (fillfactor = 50)`,
  `create table exemplars (
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null,
    shadow text collate "C" not null,
    kind text collate "C" not null,
    hash bigint not null,
    prediction_id text collate "C" not null,
    document jsonb not null,
    primary key (rollout, attempt, stage, shadow, kind, hash, prediction_id)
  )`,
];
