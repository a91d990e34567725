// Outcomes whose prediction's id tells no day share one partition: they are found by their age.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Ageing1763928000000 implements MigrationInterface {
  readonly name = 'Ageing1763928000000';

  async up(runner: QueryRunner): Promise<void> {
    const [found] = (await runner.query("select to_regclass('outcomes_19700101') is not null as there")) as {
      there: boolean;
    }[];
    if (!found?.there) {
      await runner.query('create table outcomes_19700101 (like outcomes including all)');
      await runner.query(
        "alter table outcomes attach partition outcomes_19700101 for values from ('1970-01-01') to ('1970-01-02')",
      );
    }
    await runner.query('create index outcomes_undated_age on outcomes_19700101 (received_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index outcomes_undated_age');
  }
}
