// What the judging of evidence keeps, and what was kept before there was any.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class JudgementTables1700000002000 implements MigrationInterface {
  readonly name = 'JudgementTables1700000002000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table judgement');
    await runner.query('drop index evidence_final');
    await runner.query('alter table evidence drop constraint evidence_pkey');
    await runner.query('alter table evidence drop column attempt, drop column final');
    await runner.query(
      'alter table evidence add primary key (rollout, metric, epoch, stage, step, period, segment, arm, window_index)',
    );
  }
}

/** As JSON.stringify writes an instant. */
const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const statements = [
  // json, not jsonb: it comes back with its keys in the order in which it was written, so that sums over them are the same bit for bit
  `create table judgement (
    rollout text not null,
    attempt integer not null,
    document json not null,
    primary key (rollout, attempt)
  )`,
  `alter table evidence
    add column attempt integer not null default 1,
    add column final boolean not null default false`,
  `update evidence set final = coalesce((document ->> 'final')::boolean, false)`,
  'alter table evidence drop constraint evidence_pkey',
  `alter table evidence add primary key
    (rollout, attempt, metric, epoch, stage, step, period, segment, arm, window_index)`,
  'create index evidence_final on evidence (rollout, attempt, window_index) where final',
  `update rollout set state = jsonb_set(state, '{at,maxStepFrom}', state #> '{at,startedAt}')
   where jsonb_typeof(state -> 'at') = 'object'`,
  `update rollout set state = state || jsonb_build_object('pauses', jsonb_build_array(jsonb_build_object(
     'by', 'person', 'reason', state ->> 'reason', 'since', ${instant('updated_at')})))
   where phase = 'paused'`,
];
