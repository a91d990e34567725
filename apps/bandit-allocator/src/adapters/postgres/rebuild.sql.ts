// SQL: what was learnt beside what was computed anew. $1 to $3: rollout, attempt, stage; $4: the rollout under which it was computed anew.

const ofPlace = 'rollout = $1 and attempt = $2 and stage = $3';
const ofAgain = 'rollout = $4 and attempt = $2 and stage = $3';

/** What tells a row apart, what it holds, and where it holds nothing: a row of zeros is none. */
const learnt = {
  rewards: { key: 'arm, bucket', sums: 'n, sum, squares', some: '(n <> 0 or sum <> 0 or squares <> 0)' },
  claims: {
    key: 'arm',
    sums: 'n, d, y, dd, yd, yy',
    some: '(n <> 0 or d <> 0 or y <> 0 or dd <> 0 or yd <> 0 or yy <> 0)',
  },
  contexts: { key: 'arm, bucket', sums: 'n, xx, xr', some: '(n <> 0 or 0 <> any(xx) or 0 <> any(xr))' },
} as const;

export type LearntTable = keyof typeof learnt;
export const learntTables = Object.keys(learnt) as LearntTable[];

/** Rows that are not alike on both sides. */
export function differences(table: LearntTable): string {
  const { key, sums, some } = learnt[table];
  const side = (place: string): string => `select ${key}, ${sums} from ${table} where ${place} and ${some}`;
  return `
    select count(distinct (${key}))::float8 as count from (
      (${side(ofPlace)} except ${side(ofAgain)}) union all (${side(ofAgain)} except ${side(ofPlace)})) as differing`;
}

export const extent = `
  select (select count(*) from outcomes where ${ofAgain})::float8 as outcomes,
    (select min(bucket) from rewards where ${ofPlace} or ${ofAgain})::float8 as "firstBucket"`;

const all = ['outcomes', ...learntTables];

/** $1 to $3 alone. */
export const drops = all.map((table) => `delete from ${table} where ${ofPlace}`);

export const moves = all.map((table) => `update ${table} set rollout = $1 where ${ofAgain}`);
