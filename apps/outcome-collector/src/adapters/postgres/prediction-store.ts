// Decisions in Postgres.
import { type EntityManager } from 'typeorm';
import { type Decision } from '../../domain/decision';
import { dayOfId, predictionDay } from '../../domain/prediction-day';
import { type PredictionStore } from '../../ports';
import { fromRow, toJson } from './json-rows';
import { addPredictions, decisionsOfAnyDay, decisionsOfDays } from './predictions.sql';

export function predictionStore(tx: EntityManager, retentionDays: number, nowMs: () => number): PredictionStore {
  const read = async (sql: string, parameters: unknown[], found: Map<string, Decision>) => {
    for (const row of await tx.query<object[]>(sql, parameters)) {
      const decision = fromRow<Decision>(row);
      found.set(decision.predictionId, decision);
    }
  };
  return {
    async addPredictions(decisions) {
      const rows = decisions.map((decision) => {
        return { ...decision, day: predictionDay(decision.predictionId, Date.parse(decision.servedAt), retentionDays) };
      });
      const added = await tx.query<{ prediction_id: string }[]>(addPredictions, [toJson(rows)]);
      return new Set(added.map((row) => row.prediction_id));
    },

    /** First where their ids say; what is not there is looked for everywhere. */
    async decisions(predictionIds) {
      const found = new Map<string, Decision>();
      const days = new Set(predictionIds.flatMap((id) => dayOfId(id, nowMs(), retentionDays) ?? []));
      if (days.size > 0) await read(decisionsOfDays, [predictionIds, [...days]], found);
      const left = predictionIds.filter((id) => !found.has(id));
      if (left.length > 0) await read(decisionsOfAnyDay, [left], found);
      return found;
    },
  };
}
