// SQL: stages, what they have learnt, what they allocated last.

/** $1 to $3 of every statement about one stage: rollout, attempt, stage. */
const ofPlace = 'rollout = $1 and attempt = $2 and stage = $3';

/** $1 to $3: rollouts, attempts, stages. In key order, so that two chunks with several stages do not wait for each other. */
export const lock = `
  select 1 from stages
  where (rollout, attempt, stage) in (select * from unnest($1::text[], $2::integer[], $3::integer[]))
  order by rollout, attempt, stage for update`;

/** $4: identities. Each is looked up by its whole key: of a table that it knows nothing of yet, the planner would read the whole stage. */
export const known = `
  select found.* from unnest($4::text[]) as wanted (identity)
  cross join lateral (
    select identity, revision, arm, served_at_ms as "servedAtMs", reward, weights, context
    from outcomes where ${ofPlace} and outcomes.identity = wanted.identity limit 1
  ) as found`;

/** $4: outcomes as JSON. */
export const keepOutcomes = `
  insert into outcomes (rollout, attempt, stage, identity, revision, arm, served_at_ms, reward, weights, context)
  select $1, $2, $3, identity, revision, arm, "servedAtMs", reward, weights, context
  from jsonb_to_recordset($4::jsonb) as row
    (identity text, revision integer, arm text, "servedAtMs" float8, reward float8, weights jsonb, context jsonb)
  order by identity collate "C"
  on conflict (rollout, attempt, stage, identity) do update set
    revision = excluded.revision, arm = excluded.arm, served_at_ms = excluded.served_at_ms, reward = excluded.reward,
    weights = excluded.weights, context = excluded.context, kept_at = clock_timestamp()`;

/** $4: sums to be added, as JSON, one row an arm and bucket. */
export const addRewards = `
  insert into rewards (rollout, attempt, stage, arm, bucket, n, sum, squares)
  select $1, $2, $3, arm, bucket, n, sum, squares
  from jsonb_to_recordset($4::jsonb) as row (arm text, bucket bigint, n bigint, sum numeric, squares numeric)
  on conflict (rollout, attempt, stage, arm, bucket) do update set
    n = rewards.n + excluded.n, sum = rewards.sum + excluded.sum, squares = rewards.squares + excluded.squares`;

/** $4: sums to be added, as JSON, one row an arm. */
export const addClaims = `
  insert into claims (rollout, attempt, stage, arm, n, d, y, dd, yd, yy)
  select $1, $2, $3, arm, n, d, y, dd, yd, yy
  from jsonb_to_recordset($4::jsonb) as row
    (arm text, n bigint, d numeric, y numeric, dd numeric, yd numeric, yy numeric)
  on conflict (rollout, attempt, stage, arm) do update set
    n = claims.n + excluded.n, d = claims.d + excluded.d, y = claims.y + excluded.y,
    dd = claims.dd + excluded.dd, yd = claims.yd + excluded.yd, yy = claims.yy + excluded.yy`;

/** $4: sums to be added, as JSON, one row an arm and bucket; xx and xr have as many elements in each. */
export const addContexts = `
  insert into contexts (rollout, attempt, stage, arm, bucket, n, xx, xr)
  select $1, $2, $3, arm, bucket, n, xx, xr
  from jsonb_to_recordset($4::jsonb) as row (arm text, bucket bigint, n bigint, xx numeric[], xr numeric[])
  on conflict (rollout, attempt, stage, arm, bucket) do update set
    n = contexts.n + excluded.n,
    xx = array(select a + b from unnest(contexts.xx, excluded.xx) with ordinality as each (a, b, place) order by place),
    xr = array(select a + b from unnest(contexts.xr, excluded.xr) with ordinality as each (a, b, place) order by place)`;

export const rewards = `
  select arm, bucket::float8 as bucket, n::float8 as n, sum::text as sum, squares::text as squares
  from rewards where ${ofPlace}`;

export const claims = `
  select arm, n::float8 as n, d::text as d, y::text as y, dd::text as dd, yd::text as yd, yy::text as yy
  from claims where ${ofPlace}`;

export const contexts = `
  select arm, bucket::float8 as bucket, n::float8 as n, xx::text[] as xx, xr::text[] as xr
  from contexts where ${ofPlace}`;

/** $1, $2: group, topic. */
export const offsets = `
  select partition, next_offset::text as next from bus_ledger where consumer_group = $1 and topic = $2 order by partition`;

export const last = `
  select sequence::float8 as sequence, outcomes::float8 as outcomes, as_of_ms as "asOfMs", weights
  from stages where ${ofPlace}`;

/** How many outcomes have taught the stage, and the database's clock. A revision takes one away and adds one. */
export const progress = `
  select coalesce(sum(n), 0)::float8 as outcomes, floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
  from claims where ${ofPlace}`;

/** $4 to $7: sequence, asOf in milliseconds, weights as JSON, outcomes learnt by then. */
export const keepAllocation = `
  update stages set sequence = $4, as_of_ms = $5, weights = $6, outcomes = $7 where ${ofPlace}`;

/** Milliseconds of the database's clock, when it is asked. */
export const now = 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"';

/** $1: days. What is older is a duplicate no more: the collector's own records of it are gone as well. */
export const dropOld = `
  delete from outcomes where ctid = any(array(
    select ctid from outcomes where kept_at < now() - make_interval(days => $1::integer) limit 10000))`;
