// SQL: policies, maturity, totals, idempotency keys, ageing.

/** $1: models. */
export const policyRevisions = `
  select model, revision::float8 as revision from policies where model = any($1::text[])`;

/** $1: models. */
export const policyDocuments = 'select document from policies where model = any($1::text[])';

/** $1: model, $2: revision, $3: document. */
export const keepPolicy = `
  insert into policies (model, revision, document) values ($1, $2, $3::jsonb)
  on conflict (model) do update set revision = excluded.revision, document = excluded.document
  where policies.revision < excluded.revision
  returning model`;

export const withinMsByMetric = `
  select metric.key as metric, max((metric.value ->> 'withinMs')::float8) as "withinMs"
  from policies, jsonb_each(document -> 'metrics') as metric
  where metric.value ? 'withinMs'
  group by metric.key`;

/** $1 to $3: prediction ids, metrics, instants. */
export const awaitMaturity = `
  insert into maturing (prediction_id, metric, due_at)
  select prediction_id, metric, due_at
  from unnest($1::text[], $2::text[], $3::timestamptz[]) as row (prediction_id, metric, due_at)
  order by prediction_id collate "C", metric collate "C"
  on conflict do nothing`;

/** $1: instant, $2: limit. */
export const due = `
  select prediction_id as "predictionId", metric, due_at as "dueAt" from maturing
  where due_at <= $1::timestamptz
  order by due_at
  limit $2
  for update skip locked`;

/** $1, $2: prediction ids and metrics. */
export const immature = `
  select prediction_id as "predictionId", metric from maturing
  where prediction_id = any($1::text[]) and (prediction_id, metric) in (select * from unnest($1::text[], $2::text[]))`;

/** $1, $2: prediction ids and metrics. */
export const matured = `
  delete from maturing
  where prediction_id = any($1::text[]) and (prediction_id, metric) in (select * from unnest($1::text[], $2::text[]))`;

/** $1 to $3: models, totals, changes, in key order. */
export const tally = `
  insert into tallies (model, tallied, total)
  select model, tallied, by from unnest($1::text[], $2::text[], $3::bigint[]) as row (model, tallied, by)
  on conflict (model, tallied) do update set total = tallies.total + excluded.total`;

/** $1: model, or null for all. Outcomes without a prediction are nobody's, and so in every model's answer. */
export const tallies = `
  select tallied, sum(total)::float8 as total from tallies
  where $1::text is null or model in ($1, '')
  group by tallied`;

/** $1: keys, $2: digests of the bodies. In the order of the keys, so that two collectors never wait for each other. */
export const claimKeys = `
  insert into idempotency_keys (key, body_sha256)
  select key, body_sha256 from unnest($1::text[], $2::text[]) as row (key, body_sha256) order by key
  on conflict do nothing returning key`;

/** $1: keys. */
export const answersOfKeys = `
  select key, body_sha256 as "bodySha256", answer from idempotency_keys where key = any($1::text[])`;

/** $1: keys, $2: answers. */
export const keepAnswers = `
  update idempotency_keys set answer = row.answer::jsonb
  from unnest($1::text[], $2::text[]) as row (key, answer) where idempotency_keys.key = row.key`;

export const installation = 'select id from installation';

/** $1: age, $2: limit. Outcomes whose prediction's id told no day have no partition to be dropped with. */
export const dropUndatedOutcomes = `
  delete from outcomes_19700101 where ctid = any(array(
    select ctid from outcomes_19700101 where received_at < clock_timestamp() - $1::interval limit $2))`;

/** $1: age, $2: limit. */
export const dropKeys = `
  delete from idempotency_keys where ctid = any(array(
    select ctid from idempotency_keys where created_at < clock_timestamp() - $1::interval limit $2))`;

/** $1: age, $2: limit. A rollout that counted nothing for so long is over. There may be millions of its units. */
export const dropUnits = `
  delete from units where ctid = any(array(
    select units.ctid from rollouts join units using (rollout, attempt)
    where rollouts.touched_at < clock_timestamp() - $1::interval limit $2))`;

/** $1: age, $2: limit. What a unit was so long ago foretells little. */
export const dropHistories = `
  delete from unit_histories where ctid = any(array(
    select ctid from unit_histories where touched_on < current_date - $1::interval limit $2))`;

/** $1: model, $2: stages as JSON ({rollout, attempt, stage, clock}). The newest stage gives the width of new windows. */
export const keepStages = `
  insert into rollouts (rollout, attempt, model, stages, window_ms)
  select rollout, attempt, $1, jsonb_build_object(stage, clock), (clock ->> 'windowMs')::integer
  from json_to_recordset($2::json) as row (rollout text, attempt integer, stage text, clock jsonb)
  order by rollout collate "C", attempt
  on conflict (rollout, attempt) do update set
    stages = rollouts.stages || excluded.stages, window_ms = excluded.window_ms`;
