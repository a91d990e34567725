// SQL: outcomes. Large tables are always asked for ids directly (= any): whatever the planner believes of a table that was empty when the
// statement was prepared, it finds those by an index.

const rowTypes = `
  row (
    day date, "predictionId" text, metric text, identity text, attempt integer, item integer, id text, value jsonb,
    revision bigint, "occurredAt" timestamptz, "arrivedAt" timestamptz, source text, state text, reason text,
    model text, counted double precision, replaced boolean)`;

/** $1: rows as JSON, in order of receipt within an identity. Concurrent claimers of an identity wait in key order. */
export const addOutcomes = `
  insert into outcomes (
    day, prediction_id, metric, identity, attempt, item, outcome_id, value, revision, occurred_at, arrived_at, source,
    state, reason, model, counted, replaced)
  select
    day, "predictionId", metric, identity, attempt, item, id, value, revision, "occurredAt", "arrivedAt", source,
    state, reason, model, counted, replaced
  from json_to_recordset($1::json) as ${rowTypes}
  order by "predictionId" collate "C", metric collate "C", identity collate "C", attempt
  on conflict do nothing
  returning prediction_id as "predictionId", metric, identity`;

/** $1: rows as JSON, $2, $3: their prediction ids and days. */
export const changeOutcomes = `
  update outcomes set state = row.state, reason = row.reason, model = row.model, counted = row.counted, replaced = row.replaced
  from json_to_recordset($1::json) as ${rowTypes}
  where outcomes.prediction_id = any($2::text[]) and outcomes.day = any($3::date[])
    and outcomes.prediction_id = row."predictionId" and outcomes.day = row.day and outcomes.metric = row.metric
    and outcomes.identity = row.identity and outcomes.attempt = row.attempt`;

const receiptColumns = `
  prediction_id as "predictionId", metric, identity, attempt, item, outcome_id as id, value, revision::float8 as revision,
  occurred_at as "occurredAt", arrived_at as "arrivedAt", source, state, reason, model, counted, replaced,
  to_char(day, 'YYYY-MM-DD') as day`;

const ofKeys = `
  where prediction_id = any($1::text[]) and day = any($4::date[])
    and (prediction_id, metric, identity) in (select * from unnest($1::text[], $2::text[], $3::text[]))
  order by prediction_id, metric, identity, attempt`;

/** $1 to $3: keys, $4: days. */
export const lockIdentities = `select 1 from outcomes ${ofKeys} for update`;

export const histories = `select ${receiptColumns} from outcomes ${ofKeys}`;

/** $1: prediction ids, $2: days. */
export const unmatched = `
  select ${receiptColumns} from outcomes
  where prediction_id = any($1::text[]) and day = any($2::date[]) and model is null
  order by prediction_id, metric, identity, attempt
  for update`;

/** $1: how far back, milliseconds, $2: limit. One partition is asked where the id tells the day. */
export const missedMatches = `
  select ${receiptColumns} from outcomes
  where model is null and received_at > clock_timestamp() - $1 * interval '1 millisecond'
    and (exists (select from predictions where predictions.prediction_id = outcomes.prediction_id and predictions.day = outcomes.day)
      or (outcomes.day = '1970-01-01' and exists (select from predictions where predictions.prediction_id = outcomes.prediction_id)))
  order by prediction_id, metric, identity, attempt
  limit $2
  for update skip locked`;

/** A prediction that is decided will be recorded, reported or not. $1: the instant for metrics that nobody declared, $2: instants by metric as JSON, $3: limit, $4: the latest of these instants. */
export const overdue = `
  select ${receiptColumns} from outcomes
  where state = 'pending' and arrived_at < $4::timestamptz and arrived_at < coalesce(($2::jsonb ->> metric)::timestamptz, $1::timestamptz)
    and not exists (select from decided where decided.prediction_id = outcomes.prediction_id)
  order by prediction_id, metric, identity, attempt
  limit $3
  for update skip locked`;

/** $1, $2: prediction ids and metrics, $3: days. What this transaction has written is not among what stood before it, and would be most of the answer. */
export const standing = `
  select
    prediction_id as "predictionId", metric, identity, attempt, item, outcome_id as id, value, revision::float8 as revision,
    arrived_at as "arrivedAt", counted
  from outcomes
  where prediction_id = any($1::text[]) and day = any($3::date[])
    and (prediction_id, metric) in (select * from unnest($1::text[], $2::text[]))
    and state = 'joined' and counted is not null and not replaced
    and not (xmin = pg_current_xact_id()::xid and received_at >= now())
  order by receipt`;

/** $1: prediction id. */
export const outcomesOf = `
  select ${receiptColumns}, received_at as "receivedAt" from outcomes where prediction_id = $1 order by receipt`;
