// What bandits have learnt, in Postgres.
import {
  addContextSums,
  addRewards,
  noRewards,
  type Buckets,
  type ClaimSums,
  type ContextSums,
  type RewardSums,
} from '@weir/bandits';
import { outcomeJoined } from '@weir/contracts';
import { type EntityManager } from 'typeorm';
import { type Place } from '../../domain/bandit-stage';
import { type LearntOutcome } from '../../domain/taught';
import { type LastAllocation, type Learnt, type Progress, type Store } from '../../ports';
import * as sql from './allocator.sql';
import { claimRows, contextRows, rewardRows } from './taught-rows';

export function learningStore(tx: EntityManager, group: string): Omit<Store, 'publish'> {
  return {
    async lock(places) {
      const columns = [places.map(({ rollout }) => rollout), places.map(({ attempt }) => attempt)];
      await tx.query(sql.lock, [...columns, places.map(({ stage }) => stage)]);
    },

    async known(place, identities) {
      const rows = await tx.query<LearntOutcome[]>(sql.known, [...idOf(place), identities]);
      return new Map(rows.map((row) => [row.identity, row]));
    },

    async keep(place, outcomes, taught) {
      if (outcomes.length === 0) return;
      await tx.query(sql.keepOutcomes, [...idOf(place), JSON.stringify(outcomes)]);
      await tx.query(sql.addRewards, [...idOf(place), JSON.stringify(rewardRows(taught))]);
      await tx.query(sql.addClaims, [...idOf(place), JSON.stringify(claimRows(taught))]);
      const contexts = contextRows(taught);
      if (contexts.length > 0) await tx.query(sql.addContexts, [...idOf(place), JSON.stringify(contexts)]);
    },

    async last(place) {
      type Row = Pick<LastAllocation, 'sequence' | 'outcomes'> & {
        asOfMs: number | null;
        weights: LastAllocation['weights'] | null;
      };
      const [row] = await tx.query<Row[]>(sql.last, idOf(place));
      if (!row || row.asOfMs === null) return undefined;
      return { ...row, asOfMs: row.asOfMs, weights: row.weights ?? {} };
    },

    async progress(place) {
      const [row] = await tx.query<Progress[]>(sql.progress, idOf(place));
      return row ?? { outcomes: 0, nowMs: 0 };
    },

    learnt: (stage) => readLearnt(tx, stage, group),

    async keepAllocation(place, { sequence, outcomes }, { asOfMs, weights }) {
      await tx.query(sql.keepAllocation, [...idOf(place), sequence, asOfMs, JSON.stringify(weights), outcomes]);
    },
  };
}

const idOf = ({ rollout, attempt, stage }: Place): [string, number, number] => [rollout, attempt, stage];

type Continued = Parameters<Store['learnt']>[0];

async function readLearnt(tx: EntityManager, stage: Continued, group: string): Promise<Learnt> {
  type ClaimRow = { arm: string; n: number } & Record<'d' | 'y' | 'dd' | 'yd' | 'yy', string>;
  const claims = await tx.query<ClaimRow[]>(sql.claims, idOf(stage));
  const offsets = await tx.query<{ partition: number; next: string }[]>(sql.offsets, [group, outcomeJoined.topic]);
  const [clock] = await tx.query<{ nowMs: number }[]>(sql.now);
  const sums = claims.map(({ arm, n, d, y, dd, yd, yy }): [string, ClaimSums] => [
    arm,
    { n, d: BigInt(d), y: BigInt(y), dd: BigInt(dd), yd: BigInt(yd), yy: BigInt(yy) },
  ]);
  return {
    state: await readRewards(tx, stage),
    claims: Object.fromEntries(sums),
    contexts: await readContexts(tx, stage),
    offsets: Object.fromEntries(offsets.map(({ partition, next }) => [String(partition), next])),
    nowMs: clock?.nowMs ?? 0,
  };
}

/** Sums are whole numbers of the same buckets: which stage an outcome was learnt under makes no difference to them. */
async function readRewards(tx: EntityManager, stage: Continued): Promise<Learnt['state']> {
  type Row = { arm: string; bucket: number; n: number; sum: string; squares: string };
  const state = new Map<string, Map<number, RewardSums>>();
  for (const { arm, bucket, n, sum, squares } of await rowsOf<Row>(tx, sql.rewards, stage)) {
    const buckets = state.get(arm) ?? new Map<number, RewardSums>();
    const own = { n, sum: BigInt(sum), squares: BigInt(squares) };
    state.set(arm, buckets.set(bucket, addRewards(buckets.get(bucket) ?? noRewards, own)));
  }
  return state satisfies ReadonlyMap<string, Buckets>;
}

async function readContexts(tx: EntityManager, stage: Continued): Promise<Learnt['contexts']> {
  type Row = { arm: string; bucket: number; n: number; xx: string[]; xr: string[] };
  const state = new Map<string, Map<number, ContextSums>>();
  for (const { arm, bucket, n, xx, xr } of await rowsOf<Row>(tx, sql.contexts, stage)) {
    const buckets = state.get(arm) ?? new Map<number, ContextSums>();
    const own = { n, xx: xx.map(BigInt), xr: xr.map(BigInt) };
    state.set(arm, buckets.set(bucket, addContextSums(buckets.get(bucket), own)));
  }
  return state;
}

async function rowsOf<Row>(tx: EntityManager, query: string, stage: Continued): Promise<Row[]> {
  const rows: Row[] = [];
  for (const place of [stage, ...(stage.continues ?? [])]) rows.push(...(await tx.query<Row[]>(query, idOf(place))));
  return rows;
}
