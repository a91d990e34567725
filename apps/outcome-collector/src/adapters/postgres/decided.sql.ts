// SQL: decisions whose callers call the model themselves, and their reports. Rows are locked in key order.

/** $1: decisions as JSON. Nothing is returned for those that are there. */
export const addDecided = `
  insert into decided (prediction_id, model, decision, due_at)
  select value ->> 'predictionId', value ->> 'model', value, (value ->> 'dueAt')::timestamptz
  from jsonb_array_elements($1::jsonb)
  order by value ->> 'predictionId' collate "C", value ->> 'model' collate "C"
  on conflict (prediction_id, model) do update set decision = excluded.decision, due_at = excluded.due_at
  where decided.state = 'open' and decided.decision is null
  returning prediction_id as "predictionId", model`;

/** $1: reports as JSON. A report waits a day for its decision: that may be on the disk of a router that Kafka cannot hear. */
export const addReports = `
  insert into decided (prediction_id, model, report, due_at)
  select value ->> 'predictionId', value ->> 'model', value, clock_timestamp() + interval '1 day'
  from jsonb_array_elements($1::jsonb)
  order by value ->> 'predictionId' collate "C", value ->> 'model' collate "C"
  on conflict (prediction_id, model) do update set report = excluded.report
  where decided.state = 'open' and decided.report is null
  returning prediction_id as "predictionId", model`;

/** $1, $2: prediction ids and models. */
export const missingAmong = `
  select prediction_id as "predictionId", model from decided
  where prediction_id = any($1::text[]) and state = 'missing'
    and (prediction_id, model) in (select * from unnest($1::text[], $2::text[]))`;

/** Repeated reports are known for what they are for an hour. */
const settle = (as: string): string => `
  set state = '${as}', decision = null, report = null, due_at = clock_timestamp() + interval '1 hour'`;

/** $1, $2: prediction ids and models. */
export const completeDecided = `
  with complete as (
    select prediction_id, model, decision, report from decided
    where prediction_id = any($1::text[]) and (prediction_id, model) in (select * from unnest($1::text[], $2::text[]))
      and state = 'open' and decision is not null and report is not null
    order by prediction_id, model
    for update)
  update decided ${settle('given')} from complete
  where (decided.prediction_id, decided.model) = (complete.prediction_id, complete.model)
  returning complete.decision as decided, complete.report as report`;

/** $1: instant, $2: limit. */
export const expireDecided = `
  with overdue as (
    select prediction_id, model, decision from decided
    where state = 'open' and decision is not null and due_at < $1::timestamptz
    order by due_at
    limit $2
    for update skip locked)
  update decided ${settle('missing')} from overdue
  where (decided.prediction_id, decided.model) = (overdue.prediction_id, overdue.model)
  returning overdue.decision as decided`;

/** $1: instant, $2: limit. */
export const dropOrphans = `
  with overdue as (
    select prediction_id, model from decided
    where state = 'open' and decision is null and due_at < $1::timestamptz
    order by due_at
    limit $2
    for update skip locked)
  delete from decided using overdue
  where (decided.prediction_id, decided.model) = (overdue.prediction_id, overdue.model)
  returning decided.prediction_id as "predictionId", decided.model`;

export const dropSettled = `
  delete from decided where state <> 'open' and due_at < clock_timestamp()`;
