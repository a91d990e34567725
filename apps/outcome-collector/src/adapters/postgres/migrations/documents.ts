// A prediction is one document, a unit's state one text; and what is known of units from before rollouts.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Documents1763920800000 implements MigrationInterface {
  readonly name = 'Documents1763920800000';

  /** Nothing is rewritten: what was kept in columns is read from there until it has aged. */
  async up(runner: QueryRunner): Promise<void> {
    for (const column of columns) await runner.query(`alter table predictions alter column ${column} drop not null`);
    await runner.query('alter table predictions add column document text');
    await runner.query('alter table units add column packed text, alter column state drop not null');
    await runner.query(`alter table rollouts add column token uuid,
      add column centers jsonb not null default '{}', add column segments jsonb not null default '[]'`);
    await runner.query(`create table unit_histories (
      model text collate "C" not null,
      unit text collate "C" not null,
      metric text collate "C" not null,
      -- predictions that count, and the sum of their values in multiples of 2^-32
      n bigint not null,
      sum numeric not null,
      -- a day, so that a change of the row seldom changes the index
      touched_on date not null default current_date,
      primary key (model, unit, metric)
    ) with (fillfactor = 70)`);
    await runner.query('create index unit_histories_age on unit_histories (touched_on)');
  }

  /** What the columns cannot hold is lost: predictions since, and the counts of rollouts. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table unit_histories');
    await runner.query('truncate units, evidence_rows');
    await runner.query('alter table rollouts drop column token, drop column centers, drop column segments');
    await runner.query('alter table units drop column packed, alter column state set not null');
    await runner.query('delete from predictions where document is not null');
    await runner.query('alter table predictions drop column document');
    for (const column of columns) await runner.query(`alter table predictions alter column ${column} set not null`);
  }
}

const columns = [
  ...[
    'model',
    'epoch',
    'weights',
    'arm',
    'arm_status',
    'arm_latency_ms',
    'propensity',
    'assignment',
    'policy_revision',
  ],
  ...['reason', 'status', 'latency_ms', 'served_at', 'outputs'],
];
