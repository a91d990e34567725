// SQL: the books of rollouts.

const clockColumns = `
  rollout, attempt, model, stages, window_ms as "windowMs", window_index::float8 as "windowIndex",
  window_from_ms::float8 as "windowFromMs", window_to_ms::float8 as "windowToMs", published_at_ms::float8 as "publishedAtMs",
  token, centers, segments`;

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

/** $1 to $3: rollouts, attempts and units. What was kept before units were packed is JSON by name. */
export const units = `
  select rollout, attempt, unit, coalesce(packed, state::text) as state from units
  where rollout = any($1::text[]) and unit = any($3::text[])
    and (rollout, attempt, unit) in (select * from unnest($1::text[], $2::integer[], $3::text[]))`;

/** $1, $2: rollout and attempt, $3: units, $4: their states, a line each. */
export const keepUnits = `
  insert into units (rollout, attempt, unit, packed)
  select $1::text, $2::integer, unit, packed
  from rows from (unnest($3::text[]), string_to_table($4::text, E'\\n')) as row (unit, packed)
  on conflict (rollout, attempt, unit) do update set packed = excluded.packed, state = null`;

/** $1: rows as JSON. */
export const keepClocks = `
  update rollouts set
    window_index = row."windowIndex", window_from_ms = row."windowFromMs", window_to_ms = row."windowToMs",
    published_at_ms = row."publishedAtMs", token = row.token, centers = coalesce(row.centers, rollouts.centers),
    segments = coalesce(row.segments, rollouts.segments), touched_at = clock_timestamp()
  from json_to_recordset($1::json) as row (
    rollout text, attempt integer, "windowIndex" bigint, "windowFromMs" bigint, "windowToMs" bigint,
    "publishedAtMs" bigint, token uuid, centers jsonb, segments jsonb)
  where (rollouts.rollout, rollouts.attempt) = (row.rollout, row.attempt)`;

/** $1, $2: models and units. */
export const histories = `
  select model, unit, metric, n::float8 as n, sum::text as sum from unit_histories
  where model = any($1::text[]) and unit = any($2::text[]) and n > 0
    and (model, unit) in (select * from unnest($1::text[], $2::text[]))`;

/** $1 to $5: models, units, metrics, and by how much n and sum move. In key order, so that two chunks do not wait for each other. */
export const addHistories = `
  insert into unit_histories (model, unit, metric, n, sum)
  select model, unit, metric, n, sum
  from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::numeric[]) as row (model, unit, metric, n, sum)
  order by model collate "C", unit collate "C", metric collate "C"
  on conflict (model, unit, metric) do update set
    n = unit_histories.n + excluded.n, sum = unit_histories.sum + excluded.sum, touched_on = current_date`;
