// What contextual bandits have learnt: sums of features and rewards, as whole numbers.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Contexts1763938800000 implements MigrationInterface {
  readonly name = 'Contexts1763938800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table outcomes add column context jsonb');
    // multiples of 2^-20 (libs/bandits); xx: the lower triangle, row by row
    await runner.query(`create table contexts (
      rollout text collate "C" not null,
      attempt integer not null,
      stage integer not null,
      arm text collate "C" not null,
      bucket bigint not null,
      n bigint not null,
      xx numeric[] not null,
      xr numeric[] not null,
      primary key (rollout, attempt, stage, arm, bucket)
    ) with (fillfactor = 70)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table contexts');
    await runner.query('alter table outcomes drop column context');
  }
}
