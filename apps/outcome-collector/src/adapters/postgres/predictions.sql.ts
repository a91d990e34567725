// SQL: decisions. Each is one document, which nobody but the collector reads.

/** $1, $2: days and ids, $3: documents, a line each. Concurrent adders of one id wait in key order. */
export const addPredictions = `
  insert into predictions (day, prediction_id, document)
  select day, prediction_id, document
  from rows from (unnest($1::date[]), unnest($2::text[]), string_to_table($3::text, E'\\n')) as row (day, prediction_id, document)
  order by prediction_id collate "C"
  on conflict do nothing
  returning prediction_id`;

/** Of those that were kept in columns, before they were documents. */
const fromColumns = `json_strip_nulls(json_build_object(
  'predictionId', prediction_id, 'model', model, 'rollout', rollout, 'attempt', attempt, 'stage', stage, 'step', step, 'epoch', epoch,
  'weights', weights, 'arm', arm, 'armStatus', arm_status, 'armHttpStatus', arm_http_status, 'armLatencyMs', arm_latency_ms,
  'answeredBy', answered_by, 'propensity', propensity, 'assignment', assignment, 'policyRevision', policy_revision, 'unit', unit,
  'segment', segment, 'attributes', attributes, 'reason', reason, 'status', status, 'latencyMs', latency_ms, 'fallback', fallback,
  'pinned', pinned, 'excluded', excluded, 'report', report,
  'servedAt', to_char(served_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'router', router, 'outputs', outputs))::text`;

const document = `coalesce(document, ${fromColumns}) as document`;

/** $1: ids, $2: the days they may be filed under (leaves the other partitions alone). */
export const decisionsOfDays = `
  select ${document} from predictions where prediction_id = any($1::text[]) and day = any($2::date[])`;

/** $1: ids. Every partition; of an id that was used on several days, the newest is last. */
export const decisionsOfAnyDay = `
  select ${document} from predictions where prediction_id = any($1::text[]) order by day`;
