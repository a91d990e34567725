// Decisions in Postgres.
import { type EntityManager } from 'typeorm';
import { type Decision } from '../../domain/decision';
import { decisionText, readDecision } from '../../domain/decision-text';
import { dayOfId, predictionDay } from '../../domain/prediction-day';
import { type PredictionStore } from '../../ports';
import { toLines } from './json-rows';
import { addPredictions, decisionsOfAnyDay, decisionsOfDays } from './predictions.sql';

export function predictionStore(tx: EntityManager, retentionDays: number, nowMs: () => number): PredictionStore {
  const read = async (sql: string, parameters: unknown[], found: Map<string, Decision>) => {
    for (const { document } of await tx.query<{ document: string }[]>(sql, parameters)) {
      const decision = readDecision(document);
      found.set(decision.predictionId, decision);
    }
  };
  const dayFor = ({ predictionId, servedAt }: Decision) =>
    predictionDay(predictionId, Date.parse(servedAt), retentionDays);
  return {
    async addPredictions(decisions) {
      if (decisions.length === 0) return new Set();
      const ids = decisions.map(({ predictionId }) => predictionId);
      const added = await tx.query<{ prediction_id: string }[]>(addPredictions, [
        decisions.map(dayFor),
        ids,
        toLines(decisions.map(decisionText)),
      ]);
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
