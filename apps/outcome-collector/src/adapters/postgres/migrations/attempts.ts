// Counting by attempt of a rollout, and sums that do not depend on the order of addition.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Attempts1763888400000 implements MigrationInterface {
  readonly name = 'Attempts1763888400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table predictions add column attempt integer');
    // sums were rounded in the order in which they were added: they cannot be made exact, and begin anew
    await runner.query('truncate units, evidence_rows');
    for (const [table, key] of counted) {
      await runner.query(`alter table ${table} add column attempt integer not null default 1`);
      await runner.query(`alter table ${table} alter column attempt drop default`);
      await runner.query(`alter table ${table} drop constraint ${table}_pkey`);
      await runner.query(`alter table ${table} add primary key (rollout, attempt${key})`);
    }
  }

  /** Of each rollout the first attempt is left. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('truncate units, evidence_rows');
    for (const [table, key] of counted) {
      await runner.query(`delete from ${table} where attempt > 1`);
      await runner.query(`alter table ${table} drop column attempt`);
      await runner.query(`alter table ${table} add primary key (rollout${key})`);
    }
    await runner.query('alter table predictions drop column attempt');
  }
}

const counted = [
  ['rollouts', ''],
  ['units', ', unit'],
  ['evidence_rows', ', row_id'],
] as const;
