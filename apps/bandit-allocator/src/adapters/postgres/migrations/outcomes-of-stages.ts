// How many outcomes had taught a bandit when it allocated last: so many more are a reason to allocate again.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class OutcomesOfStages1763937000000 implements MigrationInterface {
  readonly name = 'OutcomesOfStages1763937000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table stages add column outcomes bigint not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table stages drop column outcomes');
  }
}
