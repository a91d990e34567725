// The allocator's tables: what each bandit has learnt, as whole numbers, and what makes each outcome count once.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class AllocatorTables1763920000000 implements MigrationInterface {
  readonly name = 'AllocatorTables1763920000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table stages, outcomes, rewards, claims');
  }
}

const place = `
    rollout text collate "C" not null,
    attempt integer not null,
    stage integer not null`;

const tables = [
  // the row of a stage is its lock; its last allocation is part of it
  `create table stages (${place},
    document jsonb not null,
    sequence bigint not null default 0,
    as_of_ms float8,
    weights jsonb,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (rollout, attempt, stage)
  ) with (fillfactor = 70)`,
  // each outcome's greatest revision as it was learnt
  `create table outcomes (${place},
    identity text collate "C" not null,
    revision integer not null,
    arm text not null,
    served_at_ms float8 not null,
    reward float8 not null,
    weights jsonb not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (rollout, attempt, stage, identity)
  )`,
  `create index outcomes_by_age on outcomes (kept_at)`,
  // multiples of 2^-20 (libs/bandits)
  `create table rewards (${place},
    arm text collate "C" not null,
    bucket bigint not null,
    n bigint not null,
    sum numeric not null,
    squares numeric not null,
    primary key (rollout, attempt, stage, arm, bucket)
  ) with (fillfactor = 70)`,
  // multiples of 2^-32 (libs/stats)
  `create table claims (${place},
    arm text collate "C" not null,
    n bigint not null,
    d numeric not null,
    y numeric not null,
    dd numeric not null,
    yd numeric not null,
    yy numeric not null,
    primary key (rollout, attempt, stage, arm)
  ) with (fillfactor = 70)`,
];
