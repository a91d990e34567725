// The tables of the controller.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class ControllerTables1700000001000 implements MigrationInterface {
  readonly name = 'ControllerTables1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table evidence, router, stored_answer, api_key, audit, rollout, policy, model_list, model',
    );
    await runner.query('drop function refuse_change');
  }
}

const models = [
  `create table model (
    name text primary key,
    manifest jsonb not null,
    stable text not null,
    stable_history jsonb not null,
    targets jsonb not null,
    salt text not null,
    state text not null check (state in ('active', 'retired')),
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  `create table model_list (
    model text not null references model,
    list text not null,
    units jsonb not null,
    updated_at timestamptz not null,
    primary key (model, list)
  )`,
  `create table policy (
    model text not null references model,
    revision integer not null,
    epoch integer not null,
    document jsonb not null,
    published_at timestamptz not null,
    primary key (model, revision)
  )`,
];

const rollouts = [
  `create table rollout (
    id text primary key,
    name text not null,
    model text not null references model,
    spec jsonb not null,
    state jsonb not null,
    phase text not null generated always as (state ->> 'phase') stored,
    revision integer not null check (revision > 0),
    baseline text not null,
    salt text not null,
    policy_revision integer not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  'create index rollout_of_model on rollout (model, phase)',
  `create index rollout_rolling_back on rollout (id) where phase = 'rolling-back'`,
  // the last line of defence: whatever two controllers do, one name has one rollout that serves
  `create unique index rollout_one_of_a_name on rollout (model, name) where phase in ('pending', 'running', 'paused')`,
];

const audit = [
  `create table audit (
    sequence bigint generated always as identity primary key,
    rollout text,
    model text,
    at timestamptz not null,
    actor text not null,
    action text not null,
    from_position jsonb,
    to_position jsonb,
    reason text not null,
    revision integer
  )`,
  'create index audit_of_rollout on audit (rollout, sequence)',
  `create function refuse_change() returns trigger language plpgsql as $$
   begin raise exception 'the audit trail is append-only' using errcode = 'restrict_violation'; end $$`,
  'create trigger audit_rows before update or delete on audit for each row execute function refuse_change()',
  'create trigger audit_table before truncate on audit for each statement execute function refuse_change()',
];

const others = [
  `create table api_key (
    id text primary key,
    name text not null,
    sha256 text not null,
    role text not null check (role in ('viewer', 'operator', 'admin', 'producer')),
    state text not null check (state in ('active', 'revoked')),
    expires_at timestamptz,
    created_by text not null,
    created_at timestamptz not null
  )`,
  `create table stored_answer (
    caller text not null,
    key text not null,
    fingerprint text,
    status integer,
    body jsonb,
    at timestamptz not null default now(),
    primary key (caller, key)
  )`,
  `create table router (
    router text primary key,
    state text not null,
    models jsonb not null,
    heard_at timestamptz not null
  )`,
  `create table evidence (
    rollout text not null,
    stage integer not null,
    step integer not null,
    period integer not null,
    epoch integer not null,
    segment text not null,
    arm text not null,
    metric text not null,
    window_index bigint not null,
    sequence integer not null,
    n double precision not null,
    document jsonb not null,
    primary key (rollout, metric, epoch, stage, step, period, segment, arm, window_index)
  )`,
];

const statements = [...models, ...rollouts, ...audit, ...others];
