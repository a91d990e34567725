// SQL: predictions as a log of choices. Asked by people, now and then: it reads days, and no index is kept for it.

/**
 * $1: model as it stands in a document, $2: metric, $3, $4: days, $5, $6: instants, $7: rollout or null, $8: limit. Documents are texts: what cannot be meant is left
 * out before they are read.
 */
export const logged = `
  select document, (
    select coalesce(json_agg(json_build_object('item', item, 'counted', counted) order by receipt), '[]')
    from outcomes
    where outcomes.prediction_id = chosen.prediction_id and outcomes.day = any(array[chosen.day, '1970-01-01'::date])
      and outcomes.metric = $2 and outcomes.state = 'joined' and outcomes.counted is not null and not outcomes.replaced
  ) as standing
  from (
    select day, prediction_id, document, (document::json ->> 'servedAt')::timestamptz as served_at from predictions
    where day between $3::date and $4::date and position($1 in document) > 0
      and (document::json ->> 'servedAt')::timestamptz >= $5::timestamptz and (document::json ->> 'servedAt')::timestamptz < $6::timestamptz
      and ($7::text is null or document::json ->> 'rollout' = $7)
      and (document::json ->> 'reason') in ('weights', 'no-rollout')
    order by served_at desc, prediction_id desc
    limit $8) as chosen`;

/** $1: model. */
export const policyOf = 'select document from policies where model = $1';
