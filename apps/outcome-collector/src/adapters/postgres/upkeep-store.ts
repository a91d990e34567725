// Policies, maturity, totals and idempotency keys in Postgres.
import { type PolicyPublished } from '@weir/contracts';
import { toJson } from '@weir/service';
import { type EntityManager } from 'typeorm';
import { mergeTallies } from '../../domain/tally';
import {
  type Answered,
  type IdempotencyStore,
  type Maturity,
  type MaturityStore,
  type PolicyStore,
  type Store,
} from '../../ports';
import { fromRow } from './json-rows';
import * as sql from './upkeep.sql';

/** Documents by model, kept between transactions; the revision is asked for in each. */
export type PolicyCache = Map<string, PolicyPublished>;

export function policyStore(tx: EntityManager, cache: PolicyCache): PolicyStore {
  return {
    async policies(models) {
      if (models.length === 0) return new Map();
      const revisions = await tx.query<{ model: string; revision: number }[]>(sql.policyRevisions, [models]);
      const stale = revisions.filter(({ model, revision }) => cache.get(model)?.revision !== revision);
      if (stale.length > 0) {
        const rows = await tx.query<{ document: PolicyPublished }[]>(sql.policyDocuments, [
          stale.map(({ model }) => model),
        ]);
        for (const { document } of rows) cache.set(document.model, document);
      }
      return new Map(
        revisions.flatMap(({ model }) => {
          const policy = cache.get(model);
          return policy ? [[model, policy] as const] : [];
        }),
      );
    },

    async keepPolicy(policy) {
      const kept = await tx.query<unknown[]>(sql.keepPolicy, [policy.model, policy.revision, toJson(policy)]);
      return kept.length > 0;
    },

    async withinMsByMetric() {
      const rows = await tx.query<{ metric: string; withinMs: number }[]>(sql.withinMsByMetric);
      return new Map(rows.map(({ metric, withinMs }) => [metric, withinMs]));
    },

    async keepStages(model, stages) {
      if (stages.length > 0) await tx.query(sql.keepStages, [model, JSON.stringify(stages)]);
    },
  };
}

export function maturityStore(tx: EntityManager): MaturityStore {
  const columns = (pairs: readonly Pick<Maturity, 'predictionId' | 'metric'>[]) => [
    pairs.map(({ predictionId }) => predictionId),
    pairs.map(({ metric }) => metric),
  ];
  return {
    async awaitMaturity(maturities) {
      if (maturities.length > 0)
        await tx.query(sql.awaitMaturity, [...columns(maturities), maturities.map(({ dueAt }) => dueAt)]);
    },
    async due(upTo, limit) {
      return (await tx.query<object[]>(sql.due, [upTo, limit])).map((row) => fromRow<Maturity>(row));
    },
    async immature(pairs) {
      if (pairs.length === 0) return new Set();
      const rows = await tx.query<{ predictionId: string; metric: string }[]>(sql.immature, columns(pairs));
      return new Set(rows.map(({ predictionId, metric }) => `${predictionId} ${metric}`));
    },
    async matured(maturities) {
      await tx.query(sql.matured, columns(maturities));
    },
  };
}

export function idempotencyStore(tx: EntityManager): IdempotencyStore {
  return {
    async claimKeys(claims) {
      if (claims.length === 0) return new Map();
      const keys = claims.map(({ idempotencyKey }) => idempotencyKey);
      const digests = claims.map(({ bodySha256 }) => bodySha256);
      const claimed = await tx.query<{ key: string }[]>(sql.claimKeys, [keys, digests]);
      const ours = new Set(claimed.map(({ key }) => key));
      const used = keys.filter((key) => !ours.has(key));
      if (used.length === 0) return new Map();
      const answered = await tx.query<(Answered & { key: string })[]>(sql.answersOfKeys, [used]);
      return new Map(answered.map((one) => [one.key, one]));
    },
    async keepAnswers(answers) {
      if (answers.length === 0) return;
      await tx.query(sql.keepAnswers, [
        answers.map(({ key }) => key),
        answers.map(({ answer }) => JSON.stringify(answer)),
      ]);
    },
  };
}

export function tallyStore(tx: EntityManager): Pick<Store, 'tally'> {
  return {
    async tally(changes) {
      const merged = mergeTallies(changes);
      if (merged.length === 0) return;
      await tx.query(sql.tally, [
        merged.map(({ model }) => model),
        merged.map(({ tallied }) => tallied),
        merged.map(({ by }) => by),
      ]);
    },
  };
}
