// SQL: what shadows said and what turned out to be true; profiles; loads.

/** $1 to $5: days, predictions, rollouts, attempts, stages. */
const ofPredictions = `(day, prediction_id, rollout, attempt, stage) in (
    select * from unnest($1::date[], $2::text[], $3::text[], $4::integer[], $5::integer[]))
  and day = any($1::date[])`;

export const readOutcomes = `
  select day::text, prediction_id as "predictionId", rollout, attempt, stage, metric, item, revision, truth,
    stable_worth as "stableWorth"
  from outcomes where ${ofPredictions}`;

export const readAnswers = `
  select day::text, prediction_id as "predictionId", rollout, attempt, stage, shadow, answers
  from comparisons where ${ofPredictions} and answers is not null`;

/** $1: rows as JSON. */
export const keepOutcomes = `
  insert into outcomes (day, prediction_id, rollout, attempt, stage, metric, item, revision, truth, stable_worth)
  select day, "predictionId", rollout, attempt, stage, metric, item, revision, truth, "stableWorth"
  from json_to_recordset($1::json) as row (
    day date, "predictionId" text, rollout text, attempt integer, stage integer, metric text, item integer,
    revision integer, truth jsonb, "stableWorth" float8)
  order by "predictionId" collate "C", metric collate "C", item
  on conflict (prediction_id, rollout, attempt, stage, metric, item, day)
  do update set revision = excluded.revision, truth = excluded.truth, stable_worth = excluded.stable_worth`;

/** $1, $2: rollout, attempt. */
export const readProfiles = 'select id, document from profiles where rollout = $1 and attempt = $2';

/** $1, $2: rollout, attempt; $3: ids; $4: documents. */
export const keepProfiles = `
  insert into profiles (rollout, attempt, id, document)
  select $1, $2, id, document::jsonb from unnest($3::text[], $4::text[]) as row (id, document)
  order by id collate "C"
  on conflict (rollout, attempt, id) do update set document = excluded.document`;

/** $1: rows as JSON. */
export const addLoads = `
  insert into loads (rollout, attempt, stage, shadow, from_ms, offered, calls, refused, failed, late, model_ms)
  select rollout, attempt, stage, shadow, "fromMs", offered, calls, refused, failed, late, "modelMs"
  from json_to_recordset($1::json) as row (
    rollout text, attempt integer, stage integer, shadow text, "fromMs" bigint, offered bigint, calls bigint,
    refused bigint, failed bigint, late bigint, "modelMs" float8)
  order by rollout collate "C", attempt, stage, shadow collate "C", "fromMs"
  on conflict (rollout, attempt, stage, shadow, from_ms) do update set
    offered = loads.offered + excluded.offered, calls = loads.calls + excluded.calls,
    refused = loads.refused + excluded.refused, failed = loads.failed + excluded.failed,
    late = loads.late + excluded.late, model_ms = loads.model_ms + excluded.model_ms`;

/** $1: rollout. */
export const readLoads = `
  select attempt, stage, shadow, from_ms::float8 as "fromMs", offered::float8, calls::float8, refused::float8,
    failed::float8, late::float8, model_ms as "modelMs"
  from loads where rollout = $1`;

/** $1: rollout. */
export const readAllProfiles = 'select attempt, id, document from profiles where rollout = $1';

/**
 * $1 to $3: model, shadow, metric; $4: rollout or null; $5, $6: the first and the last day; $7: limit. The newest days first. A prediction that was compared in two
 * rollouts is told of once.
 */
export const readShadowed = `
  select distinct on (chosen.day, chosen.prediction_id) chosen.prediction_id as "predictionId", chosen.verdict, chosen.answers -> $3 as said, (
    select coalesce(json_agg(json_build_object('item', item, 'truth', truth)), '[]') from outcomes
    where (outcomes.prediction_id, outcomes.rollout, outcomes.attempt, outcomes.stage, outcomes.day)
      = (chosen.prediction_id, chosen.rollout, chosen.attempt, chosen.stage, chosen.day) and outcomes.metric = $3
  ) as truths
  from (
    select * from comparisons
    where shadow = $2 and result = 'compared' and verdict is not null and day between $5::date and $6::date
      and ($4::text is null or rollout = $4) and rollout in (select rollout from stages where document ->> 'model' = $1)
    order by day desc, prediction_id desc limit $7) as chosen
  order by chosen.day desc, chosen.prediction_id desc`;
