// SQL: results, books, totals, exemplars, and what is read of them.

/** Rows of the attempts in $1 and $2: rollouts and attempts. */
const ofAttempts = '(rollout, attempt) in (select * from unnest($1::text[], $2::integer[]))';

const bookColumns = `
  rollout, attempt, model, version::float8 as version, rows, window_index::float8 as "windowIndex", window_from_ms::float8 as "windowFromMs",
  window_to_ms::float8 as "windowToMs"`;

/** $1 to $3: rollouts, attempts, models. */
export const addBooks = `
  insert into books (rollout, attempt, model)
  select * from unnest($1::text[], $2::integer[], $3::text[]) as row (rollout, attempt, model)
  order by row.rollout collate "C", row.attempt
  on conflict do nothing`;

/** $1, $2. In key order, so that two chunks with several rollouts do not wait for each other. */
export const lockBooks = `select ${bookColumns} from books where ${ofAttempts} order by rollout, attempt for update`;

/** $1: limit. */
export const lockOver = `
  select ${bookColumns} from books
  where rows <> '[]' and window_to_ms <= extract(epoch from clock_timestamp()) * 1000
  order by rollout, attempt limit $1
  for update skip locked`;

/** Milliseconds of the database's clock, when it is asked. */
export const now = 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"';

/** $1: rows as JSON. */
export const keepBooks = `
  update books set window_index = row."windowIndex", window_from_ms = row."windowFromMs", window_to_ms = row."windowToMs",
    rows = row.rows, version = row.version, touched_at = clock_timestamp()
  from json_to_recordset($1::json) as row (
    rollout text, attempt integer, version bigint, "windowIndex" bigint, "windowFromMs" bigint, "windowToMs" bigint, rows jsonb)
  where (books.rollout, books.attempt) = (row.rollout, row.attempt)`;

/**
 * $1 to $4: rollout, attempt, stage, shadow; $5 to $8: day, result, reason, verdict, the same for all; $9: predictions, with commas
 * between; $10: answers as JSON, a line for each, or null. Gives back the predictions that were there already. The book's lock is held:
 * nobody else adds to this attempt.
 */
export const addComparisons = `
  with added as (
    insert into comparisons (rollout, attempt, stage, shadow, day, result, reason, verdict, prediction_id, answers)
    select $1::text, $2::integer, $3::integer, $4::text, $5::date, $6::text, $7::text, $8::text, row.id, nullif(row.answers, '')::jsonb
    from unnest(string_to_array($9::text, ','), string_to_array($10::text, E'\n')) as row (id, answers)
    on conflict do nothing
    returning prediction_id)
  select id from unnest(string_to_array($9::text, ',')) as given (id) where id not in (select prediction_id from added)`;

/** $1 to $3: rollout, attempt, units. */
export const units = 'select unit, state from units where rollout = $1 and attempt = $2 and unit = any($3::text[])';

/** $1 to $4: rollout, attempt, units, states: a line for each. */
export const keepUnits = `
  insert into units (rollout, attempt, unit, state)
  select $1::text, $2::integer, row.unit, row.state
  from unnest($3::text[], string_to_array($4::text, E'\n')) as row (unit, state)
  on conflict (rollout, attempt, unit) do update set state = excluded.state`;

/** $1: rows as JSON. */
export const addTotals = `
  insert into totals (rollout, attempt, stage, shadow, counted, total)
  select rollout, attempt, stage, shadow, counted, by from json_to_recordset($1::json) as row (
    rollout text, attempt integer, stage integer, shadow text, counted text, by bigint)
  order by rollout collate "C", attempt, stage, shadow collate "C", counted collate "C"
  on conflict (rollout, attempt, stage, shadow, counted) do update set total = totals.total + excluded.total`;

/** $1: rows as JSON. New pairs of labels only while there are fewer than 10,000 of a stage and shadow: a text is no label. */
export const addFlips = `
  insert into flips (rollout, attempt, stage, shadow, output, from_label, to_label, total)
  select rollout, attempt, stage, shadow, output, "from", "to", by from json_to_recordset($1::json) as row (
    rollout text, attempt integer, stage integer, shadow text, output text, "from" text, "to" text, by bigint)
  where (select count(*) from flips where (flips.rollout, flips.attempt, flips.stage, flips.shadow)
      = (row.rollout, row.attempt, row.stage, row.shadow)) < 10000
    or exists (select from flips where (flips.rollout, flips.attempt, flips.stage, flips.shadow, flips.output, from_label, to_label)
      = (row.rollout, row.attempt, row.stage, row.shadow, row.output, row."from", row."to"))
  order by rollout collate "C", attempt, stage, shadow collate "C", output collate "C", "from" collate "C", "to" collate "C"
  on conflict (rollout, attempt, stage, shadow, output, from_label, to_label) do update set total = flips.total + excluded.total`;

/** $1: rows as JSON. At most 500 kinds of a stage and shadow. */
export const addExemplars = `
  insert into exemplars (rollout, attempt, stage, shadow, kind, hash, prediction_id, document)
  select rollout, attempt, stage, shadow, kind, hash, "predictionId", document from json_to_recordset($1::json) as row (
    rollout text, attempt integer, stage integer, shadow text, kind text, hash bigint, "predictionId" text, document jsonb)
  where (select count(distinct kind) from exemplars where (exemplars.rollout, exemplars.attempt, exemplars.stage, exemplars.shadow)
      = (row.rollout, row.attempt, row.stage, row.shadow)) < 500
    or exists (select from exemplars where (exemplars.rollout, exemplars.attempt, exemplars.stage, exemplars.shadow, exemplars.kind)
      = (row.rollout, row.attempt, row.stage, row.shadow, row.kind))
  on conflict do nothing`;

/** $1, $2: rollouts and attempts; $3: how many of each kind stay. */
export const dropExemplars = `
  delete from exemplars using (
    select rollout, attempt, stage, shadow, kind, hash, prediction_id, row_number() over (
      partition by rollout, attempt, stage, shadow, kind order by hash, prediction_id) as place
    from exemplars where ${ofAttempts}) as ranked
  where ranked.place > $3
    and (exemplars.rollout, exemplars.attempt, exemplars.stage, exemplars.shadow, exemplars.kind, exemplars.hash, exemplars.prediction_id)
      = (ranked.rollout, ranked.attempt, ranked.stage, ranked.shadow, ranked.kind, ranked.hash, ranked.prediction_id)`;

/** $1 to $5: rollout; attempt, stage, shadow and kind, each null for all; $6: limit. */
export const readExemplars = `
  select rollout, attempt, stage, shadow, kind, prediction_id as "predictionId", document from exemplars
  where rollout = $1 and ($2::integer is null or attempt = $2) and ($3::integer is null or stage = $3)
    and ($4::text is null or shadow = $4) and ($5::text is null or kind = $5)
  order by attempt, stage, shadow, kind, hash, prediction_id limit $6`;

/** $1: rollout. */
export const readTotals = `
  select attempt, stage, shadow, counted, total::float8 as total from totals where rollout = $1
  order by attempt, stage, shadow, counted`;

/** $1: rollout. */
export const readFlips = `
  select attempt, stage, shadow, output, from_label as "from", to_label as "to", total::float8 as count from flips
  where rollout = $1 order by attempt, stage, shadow, output, total desc, from_label, to_label`;

/** $1: days of age, as text. What belongs to rollouts that counted nothing for as long. */
export const dropOld = ['units', 'totals', 'flips', 'exemplars', 'stages', 'profiles', 'loads', 'books'].map(
  (table) => `
  delete from ${table} using (select rollout as r, attempt as a from books where touched_at < clock_timestamp() - $1::interval) as old
  where rollout = r and attempt = a`,
);
