// SQL: the books of rollouts.

const clockColumns = `
  rollout, model, stages, window_ms as "windowMs", window_index::float8 as "windowIndex",
  window_from_ms::float8 as "windowFromMs", window_to_ms::float8 as "windowToMs", published_at_ms::float8 as "publishedAtMs"`;

/** $1, $2: rollouts and their models. */
export const addRollouts = `
  insert into rollouts (rollout, model)
  select rollout, model from unnest($1::text[], $2::text[]) as row (rollout, model) order by rollout collate "C"
  on conflict do nothing`;

/** $1: rollouts. In key order, so that two chunks with several rollouts do not wait for each other. */
export const lockRollouts = `
  select ${clockColumns} from rollouts where rollout = any($1::text[]) order by rollout for update`;

/** $1: publish every so many milliseconds, $2: limit. */
export const lockUnpublished = `
  select ${clockColumns} from rollouts
  where exists (
    select from evidence_rows where evidence_rows.rollout = rollouts.rollout
    and (extract(epoch from clock_timestamp()) * 1000 >= window_to_ms
      or (published_sequence < sequence and extract(epoch from clock_timestamp()) * 1000 - published_at_ms >= $1)))
  order by rollout
  limit $2
  for update skip locked`;

/** Milliseconds of the database's clock, when it is asked. */
export const now = 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"';

/** $1: rollouts. */
export const windowRows = `
  select rollout, key, sums, sequence, published_sequence as "publishedSequence" from evidence_rows where rollout = any($1::text[])`;

/** $1: rows as JSON. */
export const keepWindowRows = `
  insert into evidence_rows (rollout, row_id, key, sums, sequence, published_sequence)
  select rollout, "rowId", key, sums, sequence, "publishedSequence"
  from json_to_recordset($1::json) as row (
    rollout text, "rowId" text, key jsonb, sums jsonb, sequence integer, "publishedSequence" integer)
  on conflict (rollout, row_id) do update set
    sums = excluded.sums, sequence = excluded.sequence, published_sequence = excluded.published_sequence`;

/** $1: rollouts. */
export const dropWindowRows = 'delete from evidence_rows where rollout = any($1::text[])';

/** $1, $2: rollouts and units. */
export const units = `
  select rollout, unit, state from units where (rollout, unit) in (select * from unnest($1::text[], $2::text[]))`;

/** $1 to $3: rollouts, units, states as JSON. */
export const keepUnits = `
  insert into units (rollout, unit, state)
  select rollout, unit, state::jsonb from unnest($1::text[], $2::text[], $3::text[]) as row (rollout, unit, state)
  on conflict (rollout, unit) do update set state = excluded.state`;

/** $1: rows as JSON. */
export const keepClocks = `
  update rollouts set
    window_index = row."windowIndex", window_from_ms = row."windowFromMs", window_to_ms = row."windowToMs",
    published_at_ms = row."publishedAtMs", touched_at = clock_timestamp()
  from json_to_recordset($1::json) as row (
    rollout text, "windowIndex" bigint, "windowFromMs" bigint, "windowToMs" bigint, "publishedAtMs" bigint)
  where rollouts.rollout = row.rollout`;
