// SQL: the books of rollouts.

const clockColumns = `
  rollout, attempt, model, stages, window_ms as "windowMs", window_index::float8 as "windowIndex",
  window_from_ms::float8 as "windowFromMs", window_to_ms::float8 as "windowToMs", published_at_ms::float8 as "publishedAtMs"`;

/** $1 to $3: rollouts, attempts and models. */
export const addRollouts = `
  insert into rollouts (rollout, attempt, model)
  select rollout, attempt, model from unnest($1::text[], $2::integer[], $3::text[]) as row (rollout, attempt, model)
  order by rollout collate "C", attempt
  on conflict do nothing`;

/** Rows of the attempts in $1 and $2: rollouts and attempts. */
const ofAttempts = '(rollout, attempt) in (select * from unnest($1::text[], $2::integer[]))';

/** $1, $2: rollouts and attempts. In key order, so that two chunks with several rollouts do not wait for each other. */
export const lockRollouts = `
  select ${clockColumns} from rollouts where ${ofAttempts} order by rollout, attempt for update`;

/** $1: publish every so many milliseconds, $2: limit. */
export const lockUnpublished = `
  select ${clockColumns} from rollouts
  where exists (
    select from evidence_rows where (evidence_rows.rollout, evidence_rows.attempt) = (rollouts.rollout, rollouts.attempt)
    and (extract(epoch from clock_timestamp()) * 1000 >= window_to_ms
      or (published_sequence < sequence and extract(epoch from clock_timestamp()) * 1000 - published_at_ms >= $1)))
  order by rollout, attempt
  limit $2
  for update skip locked`;

/** Milliseconds of the database's clock, when it is asked. */
export const now = 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"';

/** $1, $2: rollouts and attempts. */
export const windowRows = `
  select rollout, attempt, key, sums, sequence, published_sequence as "publishedSequence" from evidence_rows where ${ofAttempts}`;

/** $1: rows as JSON. */
export const keepWindowRows = `
  insert into evidence_rows (rollout, attempt, row_id, key, sums, sequence, published_sequence)
  select rollout, attempt, "rowId", key, sums, sequence, "publishedSequence"
  from json_to_recordset($1::json) as row (
    rollout text, attempt integer, "rowId" text, key jsonb, sums jsonb, sequence integer, "publishedSequence" integer)
  on conflict (rollout, attempt, row_id) do update set
    sums = excluded.sums, sequence = excluded.sequence, published_sequence = excluded.published_sequence`;

/** $1, $2: rollouts and attempts. */
export const dropWindowRows = `delete from evidence_rows where ${ofAttempts}`;

/** $1 to $3: rollouts, attempts and units. */
export const units = `
  select rollout, attempt, unit, state from units
  where rollout = any($1::text[]) and unit = any($3::text[])
    and (rollout, attempt, unit) in (select * from unnest($1::text[], $2::integer[], $3::text[]))`;

/** $1: rows as JSON. */
export const keepUnits = `
  insert into units (rollout, attempt, unit, state)
  select rollout, attempt, unit, state
  from json_to_recordset($1::json) as row (rollout text, attempt integer, unit text, state jsonb)
  on conflict (rollout, attempt, unit) do update set state = excluded.state`;

/** $1: rows as JSON. */
export const keepClocks = `
  update rollouts set
    window_index = row."windowIndex", window_from_ms = row."windowFromMs", window_to_ms = row."windowToMs",
    published_at_ms = row."publishedAtMs", touched_at = clock_timestamp()
  from json_to_recordset($1::json) as row (
    rollout text, attempt integer, "windowIndex" bigint, "windowFromMs" bigint, "windowToMs" bigint,
    "publishedAtMs" bigint)
  where (rollouts.rollout, rollouts.attempt) = (row.rollout, row.attempt)`;
