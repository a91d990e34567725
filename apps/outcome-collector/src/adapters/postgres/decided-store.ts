// Decisions that wait for their reports, in Postgres.
import { type PredictionDecided, type PredictionReported } from '@weir/contracts';
import { toJson } from '@weir/service';
import { type EntityManager } from 'typeorm';
import { type DecidedKey, type DecidedStore } from '../../ports';
import { keyOf } from '../../settle-decided';
import * as sql from './decided.sql';

export function decidedStore(tx: EntityManager): DecidedStore {
  const columns = (keys: readonly DecidedKey[]) => [
    keys.map(({ predictionId }) => predictionId),
    keys.map(({ model }) => model),
  ];
  return {
    async addDecided(decisions) {
      if (decisions.length === 0) return new Set();
      const added = await tx.query<DecidedKey[]>(sql.addDecided, [toJson(decisions)]);
      return new Set(added.map(keyOf));
    },

    async addReports(reports) {
      if (reports.length === 0) return new Map();
      const taken = new Set((await tx.query<DecidedKey[]>(sql.addReports, [toJson(reports)])).map(keyOf));
      const refused = reports.filter((one) => !taken.has(keyOf(one)));
      const late = refused.length === 0 ? [] : await tx.query<DecidedKey[]>(sql.missingAmong, columns(refused));
      return new Map([
        ...reports.map((one) => [keyOf(one), taken.has(keyOf(one)) ? 'taken' : 'duplicate'] as const),
        ...late.map((one) => [keyOf(one), 'late'] as const),
      ]);
    },

    async completeDecided(keys) {
      if (keys.length === 0) return [];
      return rowsOf<{ decided: PredictionDecided; report: PredictionReported }>(
        await tx.query(sql.completeDecided, columns(keys)),
      );
    },

    async expireDecided(upTo, limit) {
      const missing = rowsOf<{ decided: PredictionDecided }>(await tx.query(sql.expireDecided, [upTo, limit]));
      const orphans = rowsOf<DecidedKey>(await tx.query(sql.dropOrphans, [upTo, limit]));
      return { missing: missing.map(({ decided }) => decided), orphans };
    },
  };
}

/** TypeORM answers updates and deletes with rows and their number. */
function rowsOf<T>(answer: unknown): readonly T[] {
  return (answer as [T[], number])[0];
}
