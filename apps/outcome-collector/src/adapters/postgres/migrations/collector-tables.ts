// The collector's tables. Those of events are partitioned by day; the days' partitions are made as they are needed (days.ts).
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class CollectorTables1763856000000 implements MigrationInterface {
  readonly name = 'CollectorTables1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...events, ...counting, ...bookkeeping]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table predictions, outcomes, maturing, policies, rollouts, units, evidence_rows, tallies, idempotency_keys, installation',
    );
    await runner.query('drop sequence outcome_receipts');
  }
}

const events = [
  `create table predictions (
    day date not null,
    prediction_id text collate "C" not null,
    model text not null,
    rollout text,
    stage integer,
    step integer,
    epoch bigint not null,
    weights jsonb not null,
    arm text not null,
    arm_status text not null,
    arm_http_status integer,
    arm_latency_ms double precision not null,
    answered_by text,
    propensity double precision not null,
    assignment text not null,
    policy_revision bigint not null,
    unit text,
    segment text,
    attributes jsonb,
    reason text not null,
    status integer not null,
    latency_ms double precision not null,
    fallback boolean,
    pinned boolean,
    excluded boolean,
    served_at timestamptz not null,
    router text,
    -- the values of the outputs that metrics name, one per item; never whole bodies
    outputs jsonb not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (prediction_id, day)
  ) partition by range (day)`,
  'create sequence outcome_receipts',
  `create table outcomes (
    -- of the prediction's id; 1970-01-01 where that tells no time
    day date not null,
    prediction_id text collate "C" not null,
    metric text collate "C" not null,
    identity text collate "C" not null,
    -- 0 is the first outcome of its identity
    attempt integer not null,
    item integer,
    outcome_id text,
    value jsonb not null,
    revision bigint not null,
    occurred_at timestamptz,
    arrived_at timestamptz not null,
    source text not null,
    state text not null check (state in ('joined', 'pending', 'late', 'duplicate', 'orphan', 'rejected')),
    reason text,
    model text,
    counted double precision,
    replaced boolean not null default false,
    receipt bigint not null default nextval('outcome_receipts'),
    received_at timestamptz not null default clock_timestamp(),
    primary key (prediction_id, metric, identity, attempt, day)
  ) partition by range (day)`,
  // what belongs to no model yet: its prediction is not there
  'create index outcomes_unmatched on outcomes (prediction_id) where model is null',
  'create index outcomes_missed on outcomes (received_at) where model is null',
  "create index outcomes_pending on outcomes (arrived_at) where state = 'pending'",
];

const counting = [
  `create table maturing (
    prediction_id text collate "C" not null,
    metric text collate "C" not null,
    due_at timestamptz not null,
    primary key (prediction_id, metric)
  )`,
  'create index maturing_due on maturing (due_at)',
  `create table policies (
    model text collate "C" primary key,
    revision bigint not null,
    document jsonb not null
  )`,
  `create table rollouts (
    rollout text collate "C" primary key,
    model text not null,
    -- by stage: {windowMs, periodBase, periodStartedAt}
    stages jsonb not null default '{}',
    window_ms integer,
    window_index bigint,
    window_from_ms bigint,
    window_to_ms bigint,
    published_at_ms bigint not null default 0,
    touched_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 50)`,
  `create table units (
    rollout text collate "C" not null,
    unit text collate "C" not null,
    -- first exposure, totals by arm and metric, firsts that were counted (libs/stats, UnitState)
    state jsonb not null,
    primary key (rollout, unit)
  ) with (fillfactor = 70)`,
  `create table evidence_rows (
    rollout text collate "C" not null,
    row_id text collate "C" not null,
    key jsonb not null,
    sums jsonb not null,
    sequence integer not null,
    published_sequence integer not null,
    primary key (rollout, row_id)
  ) with (fillfactor = 50)`,
];

const bookkeeping = [
  `create table tallies (
    model text collate "C" not null,
    tallied text collate "C" not null,
    total bigint not null,
    primary key (model, tallied)
  ) with (fillfactor = 50)`,
  `create table idempotency_keys (
    key text collate "C" primary key,
    body_sha256 text not null,
    answer jsonb,
    created_at timestamptz not null default clock_timestamp()
  )`,
  'create index idempotency_keys_age on idempotency_keys (created_at)',
  // names this database in caches, so that what another one left there is not taken for ours
  'create table installation (id uuid not null default gen_random_uuid())',
  'insert into installation default values',
];
