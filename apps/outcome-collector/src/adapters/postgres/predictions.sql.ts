// SQL: decisions.

/** $1: rows as JSON, $2: how a day is filed stands in the row. Concurrent adders of one id wait in key order. */
export const addPredictions = `
  insert into predictions (
    day, prediction_id, model, rollout, attempt, stage, step, epoch, weights, arm, arm_status, arm_http_status, arm_latency_ms,
    answered_by, propensity, assignment, policy_revision, unit, segment, attributes, reason, status, latency_ms,
    fallback, pinned, excluded, report, served_at, router, outputs)
  select
    row.day, row."predictionId", row.model, row.rollout, row.attempt, row.stage, row.step, row.epoch, row.weights, row.arm,
    row."armStatus", row."armHttpStatus", row."armLatencyMs", row."answeredBy", row.propensity, row.assignment,
    row."policyRevision", row.unit, row.segment, row.attributes, row.reason, row.status, row."latencyMs",
    row.fallback, row.pinned, row.excluded, row.report, row."servedAt", row.router, row.outputs
  from json_to_recordset($1::json) as row (
    day date, "predictionId" text, model text, rollout text, attempt integer, stage integer, step integer, epoch bigint, weights jsonb,
    arm text, "armStatus" text, "armHttpStatus" integer, "armLatencyMs" double precision, "answeredBy" text,
    propensity double precision, assignment text, "policyRevision" bigint, unit text, segment text, attributes jsonb,
    reason text, status integer, "latencyMs" double precision, fallback boolean, pinned boolean, excluded boolean,
    report text, "servedAt" timestamptz, router text, outputs jsonb)
  order by row."predictionId" collate "C"
  on conflict do nothing
  returning prediction_id`;

const decisionColumns = `
  prediction_id as "predictionId", model, rollout, attempt, stage, step, epoch::float8 as epoch, weights, arm,
  arm_status as "armStatus", arm_http_status as "armHttpStatus", arm_latency_ms as "armLatencyMs",
  answered_by as "answeredBy", propensity, assignment, policy_revision::float8 as "policyRevision", unit, segment,
  attributes, reason, status, latency_ms as "latencyMs", fallback, pinned, excluded, report, served_at as "servedAt", router,
  outputs`;

/** $1: ids, $2: the days they may be filed under (leaves the other partitions alone). */
export const decisionsOfDays = `
  select ${decisionColumns} from predictions where prediction_id = any($1::text[]) and day = any($2::date[])`;

/** $1: ids. Every partition; of an id that was used on several days, the newest is last. */
export const decisionsOfAnyDay = `
  select ${decisionColumns} from predictions where prediction_id = any($1::text[]) order by day`;
